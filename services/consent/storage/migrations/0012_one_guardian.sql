-- That one guardian decides alone in one question, FB 6:13 st. 2: attested by one, confirmed by another, until a day.

create table guardian_exception (             -- never changed but for who confirmed it and who ended it, once each
    exception_id uuid primary key,
    child_id uuid not null references person,
    guardian_id uuid not null references person,  -- whose yes is not waited for
    organisation text not null,
    discloser_unit text not null,
    purpose text not null,
    category text not null,
    reason text not null check (reason in ('absent', 'ill', 'hindered', 'minor-matter')),
    document text not null,                   -- the number of the note where the reason stands in words
    last_day date not null,
    attested_by text not null,
    attested_at timestamptz not null,
    confirmed_by text,
    confirmed_at timestamptz,
    ended_by text,
    ended_at timestamptz,
    constraint exception_by_two check (confirmed_by is distinct from attested_by),
    constraint exception_confirmed check ((confirmed_by is null) = (confirmed_at is null)),
    constraint exception_ended check ((ended_by is null) = (ended_at is null))
);
create index guardian_exception_question on guardian_exception (child_id, discloser_unit, purpose, category)
    where confirmed_at is not null and ended_at is null;
create index guardian_exception_organisation on guardian_exception (organisation) where ended_at is null;

grant select, insert on guardian_exception to consent;
grant update (confirmed_by, confirmed_at, ended_by, ended_at) on guardian_exception to consent;
