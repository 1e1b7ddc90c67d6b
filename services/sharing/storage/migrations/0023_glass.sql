-- Break-glass: each time, why, until when, and what whoever reviewed it found. Ids and codes.

create table glass (
    glass_id uuid primary key,
    case_id uuid not null references child_case,
    permit_id uuid not null unique references permit,
    organisation text not null references organisation,
    unit text not null references unit,
    recipient_organisation text not null references organisation,
    recipient_unit text not null references unit,
    categories text[] not null,
    reason text not null,
    broken_by text not null,
    broken_at timestamptz not null,
    until_at timestamptz not null,
    review_by timestamptz not null,
    reviewed_by text,
    reviewed_at timestamptz,
    verdict text,
    constraint glass_reviewed_whole check ((reviewed_by is null) = (reviewed_at is null) and (reviewed_by is null) = (verdict is null)),
    constraint glass_not_own_review check (reviewed_by is distinct from broken_by or reviewed_by is null)
);
create index glass_of on glass (organisation, glass_id desc);
create index glass_to on glass (recipient_organisation, glass_id desc);

grant select, insert on glass to sharing;
grant update (reviewed_by, reviewed_at, verdict) on glass to sharing;
