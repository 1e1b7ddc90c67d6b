-- Closed cases whose period is over lose their references and what was said of the child; the acts stay.

create index child_case_closed on child_case (closed_at) where closed_at is not null
    and child_ref <> '00000000-0000-0000-0000-000000000000';
