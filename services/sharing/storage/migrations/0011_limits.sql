-- Against mass disclosure: how many different children and how many acts, per unit and per person, with a human way round.

create table access_limit (                  -- an organisation's own; without a row the shipped ones hold
    organisation text primary key references organisation,
    unit_children integer not null check (unit_children > 0),      -- a day
    person_children integer not null check (person_children > 0),  -- a day
    unit_acts integer not null check (unit_acts > 0),              -- an hour
    person_acts integer not null check (person_acts > 0)           -- an hour
);

create table limit_lift (                    -- a manager lifts it, for one day
    organisation text not null references organisation,
    kind text not null check (kind in ('unit', 'person')),
    value text not null,
    day date not null,
    reason text not null,
    lifted_by text not null,
    lifted_at timestamptz not null,
    primary key (organisation, kind, value, day)
);

create table counted_child (                 -- kept two days
    day date not null,
    kind text not null,
    value text not null,
    subject_id uuid not null,
    primary key (day, kind, value, subject_id)
);

create table counted_act (                   -- one lane per few connections: nobody waits for another's commit
    hour timestamptz not null,
    kind text not null,
    value text not null,
    lane smallint not null,
    acts integer not null,
    primary key (hour, kind, value, lane)
);

create table limit_alarm (                   -- told once a day
    day date not null,
    kind text not null,
    value text not null,
    organisation text not null,
    alarmed_at timestamptz not null,
    primary key (day, kind, value)
);

grant select, insert, update on access_limit, limit_lift to sharing;
grant select, insert, delete on counted_child, limit_alarm to sharing;
grant select, insert, update, delete on counted_act to sharing;
