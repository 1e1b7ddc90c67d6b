-- What is to be trusted: each version as it was signed, and where the root log holds its hash (audit.md 21).

create table trust (
    version int primary key check (version > 0),
    note bytea not null,                       -- signed by the attest key
    signed_at timestamptz not null
);

create table trust_leaf (                      -- as root_leaf: the root log has parts, and each holds every version
    root_id bigint not null references log,
    root_index bigint not null,
    version int not null references trust,
    primary key (root_id, root_index),
    unique (root_id, version)
);

grant select, insert on trust, trust_leaf to audit;
