-- Who is who: the register that grants, keys and routes are read from. Read by the auth callout through one view.

create table organisation (                  -- controller and secrecy border: one board, one company
    organisation text primary key,           -- opaque, in subjects
    display_name text not null,
    principal text not null,                 -- municipality, region, group: only gathers
    public boolean not null,
    number text,
    hsa_id text,
    operator boolean not null default false, -- what belongs to nobody lies in its log
    revision integer not null,
    registered_at timestamptz not null
);
create unique index organisation_one_operator on organisation (operator) where operator;

create table unit (
    unit text primary key,
    organisation text not null references organisation,
    name text not null,
    regime text not null
);
create index unit_of_organisation on unit (organisation);

create table system_client (
    issuer text not null,
    client_id text not null,
    organisation text not null references organisation,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    revoked_at timestamptz,
    constraint system_client_of_one_organisation primary key (issuer, client_id)
);

create table signing_key (                   -- Ed25519: signs items and receipts
    organisation text not null references organisation,
    kid text not null,
    public jsonb not null,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    revoked_at timestamptz,
    primary key (organisation, kid)
);

create table unit_key (                      -- items are sealed to it; both registrars have countersigned
    unit text not null references unit,
    kid text not null,
    public jsonb not null,
    thumbprint text not null,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    countersignatures text[] not null,
    revoked_at timestamptz,
    primary key (unit, kid),
    constraint unit_key_lives_ninety_days check (valid_until <= valid_from + interval '90 days')
);

create table agreement (                     -- these organisations work by this model
    agreement_id uuid primary key,
    model text not null,
    organisations text[] not null,
    signed_by text not null,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    revoked_at timestamptz
);

create table access_grant (
    grant_id uuid primary key,
    principal text not null,                 -- issuer, space, subject or client id
    organisation text not null references organisation,
    unit text references unit,               -- null: the whole organisation
    role text not null,
    models text[] not null,                  -- empty: not bound to a model
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    granted_by text not null,
    revision integer not null,
    revoked_at timestamptz
);
create index access_grant_of_principal on access_grant (principal) where revoked_at is null;
create unique index access_grant_unique_in_force on access_grant
    (principal, organisation, coalesce(unit, ''), role, valid_until) where revoked_at is null;

create table kill_switch (                   -- stops an organisation, unit, route (`from>to`), matrix row or key at once
    kind text not null check (kind in ('organisation', 'unit', 'route', 'row', 'key')),
    value text not null,
    thrown_at timestamptz not null,
    primary key (kind, value)
);

create view connected_system as              -- for the auth callout: who a client id is, and until when
    select issuer, client_id, organisation, valid_until, revoked_at from system_client;

grant select, insert, update on organisation, unit, system_client, signing_key, unit_key, agreement, access_grant to sharing;
grant select, insert, delete on kill_switch to sharing;
grant select on connected_system to callout, sharing;
