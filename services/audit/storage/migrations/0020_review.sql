-- Systematic review of a log (audit.md 37): the plan, what was drawn from it, and what became of each drawn entry.
-- Every step is an entry of the log too; these rows say where each stands. Persons are tokens of the reviewed log.

create table review_plan (
    plan_id uuid primary key,
    organisation text not null,
    log_id bigint not null references log,
    plan_index bigint not null,               -- the plan's own entry in that log: what is drawn is decided by what is signed after it
    planned_by bytea not null,
    unit text,
    since timestamptz not null,
    until timestamptz not null,
    share smallint not null check (share between 1 and 100),
    upto bigint not null,                     -- entries before this index are reviewed
    due timestamptz not null,
    planned_at timestamptz not null,
    seed_size bigint,                         -- the checkpoint that the draw was made from; null until then
    drawn_at timestamptz
);
create index review_plan_organisation on review_plan (organisation, planned_at);

create table review_item (
    plan_id uuid not null references review_plan,
    entry_index bigint not null,
    unit text not null,
    why text not null check (why in ('always', 'drawn')),
    state text not null check (state in ('drawn', 'asked', 'answered', 'signed')),
    question text,
    asked_by bytea,
    explanation text,
    answered_by bytea,
    verdict text,
    signed_by bytea,
    changed_at timestamptz not null,
    primary key (plan_id, entry_index)
);

grant select, insert, update on review_plan, review_item to audit;
