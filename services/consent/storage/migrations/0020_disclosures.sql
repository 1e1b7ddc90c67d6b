-- What sharing says has been told about a child, for the family's inbox: codes and ids only.

create table disclosure (
    disclosure_id uuid primary key,           -- sharing's: a delivery, or something told
    case_id uuid not null,
    subject_id uuid not null,
    organisation text not null,
    discloser_unit text not null,
    recipient_unit text not null,
    purpose text not null,
    categories text[] not null,
    basis text[] not null,
    tell text[] not null,
    disclosed_at timestamptz not null,
    consent_id uuid,                          -- what it stood on, where it stood on consent
    held boolean not null,
    review_on date,
    noted_at timestamptz not null
);
create index disclosure_subject on disclosure (subject_id, disclosed_at);
create index disclosure_consent on disclosure (consent_id) where consent_id is not null;

create table tell_hold (                      -- a human at the discloser holds back, or lets go; may come before its disclosure
    disclosure_id uuid not null,
    revision integer not null,
    organisation text not null,
    held boolean not null,
    review_on date,
    decided_at timestamptz not null,
    primary key (disclosure_id, revision)
);

grant select, insert on disclosure, tell_hold to consent;
