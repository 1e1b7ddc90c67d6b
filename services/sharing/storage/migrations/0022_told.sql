-- What was told at a meeting or by telephone: the same decision and confirmation, no cipher. And why a delivery was stopped.

alter table delivery add column stop_reason text;
update delivery set stop_reason = 'consent-withdrawn' where stopped_at is not null;

create table told (
    told_id uuid primary key,
    case_id uuid not null references child_case,
    item_id uuid not null references decision_item,
    organisation text not null references organisation,
    discloser_unit text not null,
    recipient_unit text not null,
    category text not null,
    purpose text not null,
    way text not null,
    present text[] not null,
    basis text[] not null,
    law text[] not null,
    tell text[] not null,
    told_by text not null,
    told_at timestamptz not null,
    entry_id uuid not null
);
create index told_of_case on told (case_id, told_id);

grant select, insert on told to sharing;
grant update (told_by) on told to sharing;
