-- Holds on what a log has of a child or a case (audit.md 30): nothing under one is erased or thinned, and ordinary views do not show it.
-- Two officers lay it and two lift it; from the first one's word on nothing is destroyed.

create table hold (
    hold_id uuid primary key,
    organisation text not null references organisation,
    log_id bigint not null references log,    -- the log that holds its entries, and whose tokens name the officers
    kind text not null check (kind in ('restricted', 'legal')),
    reason text not null,
    case_id uuid,                             -- null: a child, who stands sealed in keystore.held
    review_on date not null,                  -- when somebody looks whether it is still needed; it does not end by itself
    state text not null check (state in ('proposed', 'in-force', 'lift-proposed', 'lifted')),
    placed_by bytea not null,
    confirmed_by bytea,
    lift_by bytea,
    lifted_by bytea,
    placed_at timestamptz not null,
    changed_at timestamptz not null
);
create index hold_standing on hold (organisation) where state <> 'lifted';

create table keystore.held (                  -- until the hold is lifted
    hold_id uuid primary key references hold,
    box bytea not null                        -- the child's id, encrypted under the organisation's key
);

create table keystore.erasure_kept (          -- keys of an erased person that a hold keeps; destroyed when it is lifted
    erasure_id uuid not null references erasure,
    log_id bigint not null references log,
    role text not null check (role in ('actor', 'subject')),
    token bytea not null,
    box bytea not null,                       -- the id that the answer to consent names, encrypted under the operator's key
    primary key (log_id, token)
);

grant select, insert, update on hold to audit;
grant select, insert, delete on keystore.held, keystore.erasure_kept to audit;
grant update (actors, subjects) on erasure to audit;
