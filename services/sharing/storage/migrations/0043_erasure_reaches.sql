-- Erasure empties what came after it too: who answered for the case, matters, duties, what was told, children counted, handling.

grant delete on handling, duty to sharing;
grant update (sent_by, answered_by) on matter to sharing;
grant update (present) on told to sharing;
create index child_case_subject on child_case (subject_id);
