-- Who answers for a case, what comes next, and until when it is worked with.

alter table child_case
    add column responsible text,             -- <issuer> <subject> of the one who answers for it
    add column coordinator text,             -- the model's role: named person, coordinator
    add column next_step text,
    add column next_due timestamptz,
    add column plan_since timestamptz,       -- a plan of this organisation for the child is in force
    add column closed_at timestamptz,
    add column close_reason text,
    add column alarmed_at timestamptz;       -- when somebody was told that nobody answers for it
update child_case set responsible = opened_by where opened_by like 'http%';
create unique index case_one_plan_of_child on child_case (organisation, subject_id) where plan_since is not null and closed_at is null;
create index case_party_of_unit on case_party (unit, case_id desc);
create index child_case_responsible on child_case (organisation, responsible) where closed_at is null;

grant update on child_case to sharing;
