-- One log per organisation and year. Every table of a log is keyed by log_id.
-- The application may insert and read, never change or remove, an entry, a tile or a checkpoint.

create table organisation (                  -- own copy of sharing's register; a log is born only for what stands here
    organisation text primary key,
    display_name text not null,
    revision bigint not null
);

create table connected_system (
    principal text primary key,              -- `<issuer> <client_id>`
    organisation text not null references organisation
);

create table granted (                       -- own copy of sharing's grants
    grant_id uuid primary key,
    organisation text not null,
    unit text,
    principal text not null,
    role text not null,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    revoked_at timestamptz,
    revision bigint not null
);
create index granted_principal on granted (principal, organisation);

create table log (
    log_id bigint generated always as identity primary key,
    organisation text not null references organisation,
    year smallint not null,                  -- of the entries' own time in UTC, so that a redelivery finds the same log
    origin text not null unique,             -- C2SP: <host>/audit/<organisation>/<year>
    opened_at timestamptz not null,
    constraint log_one_per_year unique (organisation, year)
);

create table log_state (                     -- the only row of a log that changes: where it stands
    log_id bigint primary key references log,
    size bigint not null,
    peaks bytea not null,                    -- compact range: appending never reads the tree
    root bytea not null,
    epoch bigint not null                    -- fencing: a sequencer of an older epoch cannot write
);

create table sequencer (
    one boolean primary key default true check (one),
    epoch bigint not null
);
insert into sequencer (epoch) values (0);

create table halt (                          -- a log that does not add up: no sequencing, no signing, still readable
    log_id bigint primary key references log,
    reason text not null,
    entry_index bigint,
    halted_at timestamptz not null
);

-- For the operator of a large log: partitions are by year, so a closed year is detached, not deleted row by row.
create table entry (
    year smallint not null,
    log_id bigint not null,
    entry_index bigint not null,
    entry_id uuid not null,
    stored bytea not null,                   -- the bytes that were hashed; never encoded anew
    leaf_hash bytea not null,
    sequenced_at timestamptz not null,
    primary key (year, log_id, entry_index),
    constraint entry_once unique (entry_id, log_id, year),
    constraint entry_size check (octet_length(stored) <= 8192)
) partition by list (year);

create table entry_fact (                    -- what is searched by: copied out of `stored`, can be made anew from it
    year smallint not null,
    log_id bigint not null,
    entry_index bigint not null,
    at timestamptz not null,
    action text not null,
    answer text,
    unit text,
    case_id uuid,
    object_id uuid,
    purpose text,
    actor bytea not null,
    subject bytea,
    primary key (year, log_id, entry_index)
) partition by list (year);
create index entry_fact_case on entry_fact (log_id, case_id, entry_index) where case_id is not null;
create index entry_fact_actor on entry_fact (log_id, actor, entry_index);
create index entry_fact_subject on entry_fact (log_id, subject, entry_index) where subject is not null;

create table person_part (                   -- twin of entry: who, encrypted under that person's data key
    year smallint not null,
    log_id bigint not null,
    entry_index bigint not null,
    role text not null check (role in ('actor', 'subject')),
    token bytea not null,
    box bytea not null,
    primary key (year, log_id, entry_index, role)
) partition by list (year);

do $$
begin
    for y in 2024..2045 loop
        execute format('create table entry_%s partition of entry for values in (%s)', y, y);
        execute format('create table entry_fact_%s partition of entry_fact for values in (%s)', y, y);
        execute format('create table person_part_%s partition of person_part for values in (%s)', y, y);
    end loop;
end $$;
create table entry_other partition of entry default;
create table entry_fact_other partition of entry_fact default;
create table person_part_other partition of person_part default;

create table tile (                          -- full tiles only; the right edge is computed
    log_id bigint not null references log,
    level smallint not null,
    n bigint not null,
    hashes bytea not null check (octet_length(hashes) = 8192),
    root bytea not null,                     -- the tile's own hash, which stands in the level above
    primary key (log_id, level, n)
);

create table checkpoint (
    log_id bigint not null references log,
    size bigint not null,
    root bytea not null,
    note bytea not null,                     -- signed, as it is served
    signed_at timestamptz not null,
    primary key (log_id, size, signed_at)
);

create table producer (                      -- how far each producer's chain has been taken in
    producer text primary key,
    sequence bigint not null,
    hash bytea not null
);

create table held (                          -- a producer whose next entry cannot be taken yet, and why; an old one is an alarm
    producer text primary key,
    entry_id uuid not null,
    sequence bigint not null,
    reason text not null,
    since timestamptz not null
);

create table quarantine (                    -- never silently dropped: the operator's log names each by its hash
    producer text not null,
    message_id uuid not null,
    reason text not null,
    body bytea not null,
    quarantined_at timestamptz not null,
    primary key (producer, message_id)
);

-- The key store: a schema of its own so that it is left out of every dump of the data, and can move elsewhere.
create schema keystore;
create table keystore.person (
    log_id bigint not null,
    lookup bytea not null,                   -- HMAC under a key outside the database; finds a person's token again
    token bytea not null,                    -- random: what stands in the log
    wrapped_key bytea not null,              -- the person's data key, encrypted under the organisation's key
    primary key (log_id, token),
    unique (log_id, lookup)
);

grant select, insert, update on organisation, connected_system, granted, log_state, producer, held to audit;
grant select, update on sequencer to audit;
grant delete on held, connected_system to audit;
grant select, insert on log, halt, entry, entry_fact, person_part, tile, checkpoint, quarantine to audit;
grant usage on schema keystore to audit;
grant select, insert on keystore.person to audit;
