-- Protected identity: handlers' attestations that one decision may be released. Who, which decision, from when to when.

create table release_attestation (
    attestation_id uuid primary key,
    decision_id uuid not null references decision,
    organisation text not null references organisation,
    attested_by text not null,
    attested_at timestamptz not null,
    until_at timestamptz not null check (until_at > attested_at)
);
create index release_attestation_of on release_attestation (decision_id, until_at);

grant select, insert on release_attestation to sharing;
