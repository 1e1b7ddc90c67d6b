-- Follow-up numbers as far as they have been counted (audit.md A44): the rest of a log is counted when somebody reads them.

create table tally_state (
    log_id bigint primary key references log,
    version smallint not null,                -- of what is counted: with a newer one all is counted anew
    upto bigint not null
);

create table tally (
    log_id bigint not null references log,
    quarter text not null,
    model text not null,
    measure text not null,
    number bigint not null,
    primary key (log_id, quarter, model, measure)
);

create table tally_asked (                    -- questions without an answer so far: waiting time counts from here
    log_id bigint not null references log,
    object_id text not null,
    asked_at timestamptz not null,
    quarter text not null,
    model text not null,
    primary key (log_id, object_id)
);

grant select, insert, update, delete on tally_state, tally, tally_asked to audit;
