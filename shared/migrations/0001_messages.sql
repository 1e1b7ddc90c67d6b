-- Small hot tables: rows leave when their receipts are in.

create table outbox (
    id uuid primary key,
    position bigint generated always as identity unique,
    name text not null,
    organisation text,                       -- null: between houses; else a notice to that organisation
    log text,                                -- entries only: the organisation in whose log the entry will stand
    body bytea not null,
    traceparent text,
    receivers text[] not null,
    received text[] not null default '{}',
    producer_sequence bigint,                -- entries only, set by the relay before the first publish
    previous_hash bytea,
    created_at timestamptz not null,
    published_at timestamptz,
    tries integer not null default 0,
    done_at timestamptz
);
create index outbox_open on outbox (position) where done_at is null;
create index outbox_fresh on outbox (position) where published_at is null;
create index outbox_unnumbered on outbox (position) where log is not null and producer_sequence is null;
create index outbox_unsequenced on outbox (log, created_at) where done_at is null and log is not null;
create index outbox_done on outbox (done_at) where done_at is not null;

create table producer_chain (                -- the relay's: where this house's chain of entries stands
    one boolean primary key default true check (one),
    sequence bigint not null,
    hash bytea not null
);

create table inbox (
    source text not null,
    message_id uuid not null,
    handled_at timestamptz not null,
    primary key (source, message_id)
);

create table dead_letter (
    id uuid primary key,                     -- the message's own id, so that it dies once; a new one if it had none
    source text not null,
    name text not null,
    subject text not null,
    headers jsonb not null,
    body bytea not null,
    reason text not null,                    -- a code, never the text of an error
    died_at timestamptz not null,
    replayed_at timestamptz
);

create table idempotency (
    caller text not null,
    key text not null,
    request_hash bytea not null,
    status integer not null,
    answer bytea not null,
    created_at timestamptz not null,
    primary key (caller, key)
);

grant select, insert, update, delete on outbox, producer_chain, inbox, dead_letter, idempotency to house;  -- every house's role
