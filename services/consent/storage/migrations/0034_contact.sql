-- Where a person wants to hear that there is something to read, and what has been sent there. Never what: only that.

create table contact (
    person_id uuid primary key references person,
    email_sealed bytea,                       -- under the person's own key
    telephone_sealed bytea,
    language text not null check (language in ('sv', 'en')),
    set_at timestamptz not null
);

create table push (                           -- one word that there is something to read
    push_id uuid primary key,
    notice_id uuid not null unique references notice on delete cascade,
    person_id uuid not null references person,
    tries integer not null default 0,
    due_at timestamptz not null,
    sent_at timestamptz,
    dead_at timestamptz,                      -- given up; stays visible
    failure text                              -- a code
);
create index push_due on push (due_at) where sent_at is null and dead_at is null;
create index push_person on push (person_id);

create function forget_contact() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
    delete from push where person_id = new.person_id;
    delete from contact where person_id = new.person_id;
    return new;
end $$;
create trigger person_erased after update of erased_at on person
    for each row when (new.erased_at is not null) execute function forget_contact();

grant select, insert, update on contact to consent;
grant delete on contact to consent;
grant select, insert on push to consent;
grant update (tries, due_at, sent_at, dead_at, failure) on push to consent;
