-- How a person is to be handled has a revision that sharing keeps its copy by; and what sharing has still to take.

alter table person add column handling_revision bigint not null default 0;

create table handling_barrier (
    person_id uuid not null references person,
    subject_id uuid not null,
    restricted boolean not null,
    revision bigint not null,
    asked_at timestamptz not null,
    taken_at timestamptz,
    primary key (person_id, revision)
);
create index handling_barrier_open on handling_barrier (asked_at) where taken_at is null;

grant select, insert, update (taken_at) on handling_barrier to consent;
