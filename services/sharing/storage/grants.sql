-- name: same_agreement
select agreement_id, model, organisations, signed_by, valid_from, valid_until, revoked_at
from agreement where model = $1 and organisations = $2::text[] and valid_until = $3 and revoked_at is null

-- name: save_agreement
insert into agreement (agreement_id, model, organisations, signed_by, valid_from, valid_until, revoked_at)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: agreement_covers
select exists (
    select 1 from agreement
    where model = $1 and organisations @> $2::text[] and valid_from <= $3 and $3 < valid_until
        and (revoked_at is null or $3 < revoked_at))

-- name: grants_of
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at
from access_grant where principal = $1 and organisation = $2 and revoked_at is null

-- name: lock_grants_of
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at
from access_grant where principal = $1 and organisation = $2 and revoked_at is null
order by grant_id for share

-- name: grants_of_systems
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at
from access_grant where organisation = $1 and role = 'system' and revoked_at is null

-- name: lock_grants_of_systems
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at
from access_grant where organisation = $1 and role = 'system' and revoked_at is null
order by grant_id for share

-- name: lock_grant
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at
from access_grant where grant_id = $1 for update

-- name: save_grant
insert into access_grant
    (grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: revoke_grant
update access_grant set revoked_at = $2, revision = $3 where grant_id = $1
