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
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at, responsible
from access_grant where principal = $1 and organisation = $2 and revoked_at is null

-- name: is_role_held
select exists (
    select from access_grant where organisation = $1 and (unit is null or unit = $2) and role = $3 and revoked_at is null
        and valid_from <= $4 and $4 < valid_until
)

-- name: lock_grants_of
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at, responsible
from access_grant where principal = $1 and organisation = $2 and revoked_at is null
order by grant_id for share

-- name: grants_of_systems
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at, responsible
from access_grant where organisation = $1 and role = 'system' and revoked_at is null

-- name: lock_grants_of_systems
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at, responsible
from access_grant where organisation = $1 and role = 'system' and revoked_at is null
order by grant_id for share

-- name: lock_grant
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at, responsible
from access_grant where grant_id = $1 for update

-- name: save_grant
insert into access_grant
    (grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at, responsible)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: revoke_grant
update access_grant set revoked_at = $2, revision = $3 where grant_id = $1

-- name: take_over_grant
update access_grant set responsible = $2, revision = $3 where grant_id = $1

-- name: note_use
insert into access_use (grant_id, day)
select g.grant_id, $2 from access_grant g
where g.grant_id = any($1::uuid[]) and not exists (select 1 from access_use u where u.grant_id = g.grant_id and u.day = $2)
on conflict do nothing

-- name: grants_of_organisation
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at, responsible
from access_grant where organisation = $1 order by valid_from, grant_id

-- name: grants_as_of
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at, responsible
from access_grant
where organisation = $1 and ($2::text is null or principal = $2) and valid_from <= $3 and $3 < valid_until
    and (revoked_at is null or $3 < revoked_at)
order by principal, unit, role

-- name: last_use
select grant_id, max(day) as day from access_use where grant_id = any($1::uuid[]) group by grant_id

-- name: agreements_of
select agreement_id, model, organisations, signed_by, valid_from, valid_until, revoked_at
from agreement where organisations @> array[$1::text] order by valid_from, agreement_id

-- name: lock_agreement
select agreement_id, model, organisations, signed_by, valid_from, valid_until, revoked_at
from agreement where agreement_id = $1 for update

-- name: end_agreement
update agreement set revoked_at = $2 where agreement_id = $1

-- name: find_grant
select grant_id, principal, organisation, unit, role, models, valid_from, valid_until, granted_by, revision, revoked_at, responsible
from access_grant where grant_id = $1
