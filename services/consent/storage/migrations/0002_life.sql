-- What happens to a row after it was given: paused, struck out, ended by the holder, withdrawn by telephone.

alter table stop drop constraint stop_ending_check;
alter table stop add constraint stop_ending_check
    check (ending in ('withdrawn', 'refused', 'custody', 'protected', 'ended', 'struck-out', 'adult'));
alter table stop add column reason text;      -- a code, of who is not the family
alter table stop add column recorded_by text; -- staff or system that did it or took the call
alter table stop add column witness text;     -- how the one who called was known, where it was by telephone
alter table stop add constraint stop_by_telephone check (witness is null or (recorded_by is not null and person_id is not null));

create table pause (                          -- denies while it lasts; on the row, whichever consent governs it
    pause_id uuid primary key,
    consent_id uuid not null,
    row_number integer not null,
    subject_id uuid not null,
    discloser_unit text not null,
    recipient_unit text not null,
    purpose text not null,
    category text not null,
    about text not null,
    reason text not null,
    paused_by text not null,
    paused_at timestamptz not null,
    until timestamptz not null,               -- exclusive
    resumed_at timestamptz,
    resumed_by text,
    foreign key (consent_id, row_number) references consent_row
);
create index pause_row on pause (subject_id, discloser_unit, recipient_unit, purpose, category, about) where resumed_at is null;

create table strike (                         -- one says that it was registered by mistake, another confirms
    strike_id uuid primary key,
    consent_id uuid not null,
    row_number integer not null,
    reason text not null,
    proposed_by text not null,
    proposed_at timestamptz not null,
    confirmed_by text,
    confirmed_at timestamptz,
    foreign key (consent_id, row_number) references consent_row,
    constraint strike_by_two check (confirmed_by is distinct from proposed_by),
    constraint strike_confirmed check ((confirmed_by is null) = (confirmed_at is null)),
    constraint strike_once unique (consent_id, row_number)
);

grant select, insert on pause, strike to consent;
grant update (resumed_at, resumed_by) on pause to consent;
grant update (confirmed_by, confirmed_at) on strike to consent;
