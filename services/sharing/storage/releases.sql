-- name: save_attestation
insert into release_attestation (attestation_id, decision_id, organisation, attested_by, attested_at, until_at)
values ($1, $2, $3, $4, $5, $6)

-- name: living_attestations
select attestation_id, decision_id, organisation, attested_by, attested_at, until_at
from release_attestation where decision_id = $1 and until_at > $2 order by attestation_id
