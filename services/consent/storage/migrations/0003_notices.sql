-- The family's inbox, and what waits for somebody at the unit. Codes and ids only: a notice carries no content and no name.

create table notice (
    notice_id uuid primary key,
    person_id uuid not null references person,
    kind text not null,
    request_id uuid not null references request,
    consent_id uuid references consent,
    step text not null,                       -- which of several: the days before, or the instant of the act
    noted_at timestamptz not null,
    constraint notice_once unique nulls not distinct (person_id, kind, request_id, consent_id, step)
);
create index notice_person on notice (person_id, noted_at);

create table task (
    task_id uuid primary key,
    kind text not null,
    request_id uuid not null references request,
    opened_at timestamptz not null,
    closed_at timestamptz
);
create unique index task_once on task (request_id, kind) where closed_at is null;

grant select, insert on notice to consent;
grant select, insert, update (closed_at) on task to consent;
