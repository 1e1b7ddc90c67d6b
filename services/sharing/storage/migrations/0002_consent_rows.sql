-- Sharing's own copy of the governing rows (DESIGN 5). An operator never edits these by hand: consent is the truth.

create table consent_row (
    subject_id uuid not null,
    discloser_unit text not null,
    recipient_unit text not null,
    purpose text not null,
    category text not null,
    about text not null,
    consent_id uuid,                         -- null: locked here before consent told anything
    state text not null,                     -- given, stopped, unknown
    epoch bigint not null,
    revision bigint not null,
    valid_from timestamptz,
    valid_until timestamptz,
    primary key (subject_id, discloser_unit, recipient_unit, purpose, category, about)
);
create index consent_row_of_consent on consent_row (consent_id);

create table consent_tombstone (             -- withdrawn for ever: giving anew is a new id
    consent_id uuid primary key,
    withdrawn_at timestamptz not null
);

create table consent_epoch (                 -- which consent database we know, and how far we have read its feed
    one boolean primary key default true check (one),
    epoch bigint not null,
    position bigint not null
);
insert into consent_epoch (epoch, position) values (0, 0);

grant select, insert, update on consent_row, consent_tombstone, consent_epoch to sharing;
