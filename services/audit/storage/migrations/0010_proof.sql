-- The root log over all logs' checkpoints, cosignatures, the scrubber's place, erasure.

insert into organisation (organisation, display_name, revision) values ('-root', 'root log', 0);  -- no register can name it so

create table root_leaf (                     -- which checkpoint each leaf of the root log is the hash of
    root_index bigint primary key,
    log_id bigint not null references log,
    size bigint not null,
    signed_at timestamptz not null,
    unique (log_id, size, signed_at)
);

create table cosignature (                   -- what witnesses have signed of the root log
    log_id bigint not null references log,
    size bigint not null,
    witness text not null,
    line text not null,
    at timestamptz not null,                 -- the time that the witness signed
    primary key (log_id, size, witness)
);

create table scrub (                         -- how far the stored rows of each log have been hashed anew, and when that was done last
    log_id bigint primary key references log,
    next_index bigint not null default 0,
    peaks bytea not null default '',
    began_at timestamptz not null,
    whole_at timestamptz,                    -- null: never yet from the first row to the last
    whole_size bigint
);

create table erasure (                       -- enums and numbers only: who it was stands nowhere
    erasure_id uuid primary key,
    actors int not null,
    subjects int not null,
    messages int not null,
    done_at timestamptz not null
);

grant select, insert on root_leaf, cosignature, erasure to audit;
grant select, insert, update on scrub to audit;
grant update on cosignature to audit;
grant delete on keystore.person, quarantine to audit;
