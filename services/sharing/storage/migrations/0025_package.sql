-- Handover packages: sealed and posted before the family has answered, held until it has, delivered once.

create table package (
    package_id uuid primary key,
    permit_id uuid not null unique references permit,
    case_id uuid not null references child_case,
    organisation text not null references organisation,
    made_by text not null,
    made_at timestamptz not null,
    until_at timestamptz not null,           -- not answered by then, it is gone
    sent_at timestamptz,                     -- everything is there and consented to: the recipient was told
    delivered_at timestamptz                 -- the recipient has stored the last of it
);
create index package_held on package (package_id) where sent_at is null;

grant select, insert on package to sharing;
grant update (sent_at, delivered_at) on package to sharing;
