-- What is laid on a person and lifted only by two: protected identity, and restriction of processing (GDPR art. 18). Who may handle somebody
-- with protected identity is named, by two as well.

create table person_hold (
    hold_id uuid primary key,
    person_id uuid not null references person,
    kind text not null check (kind in ('protected', 'restricted')),
    reason text not null,                     -- a code
    organisation text not null,               -- whose two lift it; empty: by the register's word, the operator's
    set_by text not null,
    set_at timestamptz not null,
    lift_by text,                             -- the first who says that it is over
    lift_at timestamptz,
    lifted_by text,                           -- and another
    lifted_at timestamptz,
    constraint hold_lifted_by_two check (lifted_by is null or (lift_by is not null and lifted_by <> lift_by)),
    constraint hold_lift check ((lift_by is null) = (lift_at is null)),
    constraint hold_lifted check ((lifted_by is null) = (lifted_at is null))
);
create index person_hold_open on person_hold (person_id) where lifted_at is null;
create unique index person_hold_of_register on person_hold (person_id, kind, reason) where lifted_at is null and organisation = '';

create table named_handler (                  -- staff who may see and handle somebody with protected identity
    person_id uuid not null references person,
    organisation text not null,
    principal text not null,
    named_by text not null,
    named_at timestamptz not null,
    confirmed_by text,
    confirmed_at timestamptz,
    primary key (person_id, organisation, principal),
    constraint handler_by_two check (confirmed_by is distinct from named_by),
    constraint handler_confirmed check ((confirmed_by is null) = (confirmed_at is null))
);

insert into person_hold (hold_id, person_id, kind, reason, organisation, set_by, set_at)
select gen_random_uuid(), person_id, 'protected', 'register', '', 'population-register', created_at from person where protected;

alter table person add column restricted boolean not null default false;   -- processing: nothing is released while it lasts
alter table person add column handlers text[] not null default '{}';       -- `<organisation> <principal>`, as the other houses were told
alter table handling_barrier add column handlers text[];

create or replace function forget_contact() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    delete from push where person_id = new.person_id;
    delete from contact where person_id = new.person_id;
    delete from named_handler where person_id = new.person_id;
    delete from person_hold where person_id = new.person_id;
    update person set restricted = false, handlers = '{}' where person_id = new.person_id;
    return new;
end $$;

grant select, insert on person_hold to consent;
grant update (lift_by, lift_at, lifted_by, lifted_at) on person_hold to consent;
grant select, insert, delete on named_handler to consent;
grant update (confirmed_by, confirmed_at) on named_handler to consent;
