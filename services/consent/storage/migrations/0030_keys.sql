-- One data key for each person, in a schema of its own that no dump of the data holds: who is erased cannot be read from an old dump.

create schema if not exists keystore;         -- may be there already when the data were restored beside it
create table if not exists keystore.person_key (
    person_id uuid primary key,
    wrapped bytea not null,                   -- under the house's key for persons, or its other one for protected identities
    restricted boolean not null               -- which of the two
);
create table if not exists keystore.erasure ( -- the ledger: what a restore of the data must do again
    erasure_id uuid primary key,
    person_id uuid not null,
    subject_id uuid not null,
    erased_at timestamptz not null
);

alter table person add column own_key boolean not null default false;  -- false: sealed by the house's key, until it gets its own
alter table person add column erased_at timestamptz;
create index person_without_key on person (person_id) where not own_key and erased_at is null;

create table person_login (                   -- as whom somebody has logged in: what audit knows them by
    person_id uuid not null references person,
    principal text not null,
    primary key (person_id, principal)
);

grant usage on schema keystore to consent;
grant select, insert, update, delete on keystore.person_key to consent;
grant select, insert on keystore.erasure to consent;
grant select, insert on person_login to consent;
