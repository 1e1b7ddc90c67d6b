-- That the family is not told of a disclosure yet: a human's decision with a day on which it is looked at again. Each word stands.

create table tell_hold (
    hold_id uuid primary key,
    disclosure_id uuid not null,             -- a delivery that was released, or something told
    revision integer not null,
    case_id uuid not null references child_case,
    organisation text not null references organisation,
    unit text not null references unit,
    held boolean not null,
    reason text,
    review_on date,
    decided_by text not null,
    decided_at timestamptz not null,
    constraint tell_hold_once unique (disclosure_id, revision),
    constraint tell_hold_reviewed check (held = (review_on is not null) and held = (reason is not null))
);

grant select, insert on tell_hold to sharing;
