-- name: save_organisation
insert into organisation_seen (organisation, display_name, systems, revision) values ($1, $2, $3, $4)
on conflict (organisation) do update
set display_name = excluded.display_name, systems = excluded.systems, revision = excluded.revision
where organisation_seen.revision < excluded.revision
returning organisation

-- name: drop_units
delete from unit_seen where organisation = $1

-- name: save_unit
insert into unit_seen (unit, organisation, name, regime) values ($1, $2, $3, $4)

-- name: get_unit
select unit_seen.unit, unit_seen.organisation, unit_seen.name, unit_seen.regime, organisation_seen.display_name
from unit_seen join organisation_seen using (organisation)
where unit_seen.unit = $1

-- name: of_system
select organisation from organisation_seen where $1 = any(systems) order by organisation limit 2

-- name: save_grant
insert into grant_seen (grant_id, organisation, unit, principal, role, valid_from, valid_until, revoked_at, revision)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (grant_id) do update
set organisation = excluded.organisation, unit = excluded.unit, principal = excluded.principal, role = excluded.role,
    valid_from = excluded.valid_from, valid_until = excluded.valid_until, revoked_at = excluded.revoked_at, revision = excluded.revision
where grant_seen.revision < excluded.revision

-- name: has_grant
select true from grant_seen
where principal = $1 and organisation = $2 and valid_from <= $3 and $3 < valid_until and (revoked_at is null or revoked_at > $3)
limit 1

-- name: has_grant_at
select true from grant_seen
where principal = $1 and organisation = $2 and (unit is null or unit = $3)
    and valid_from <= $4 and $4 < valid_until and (revoked_at is null or revoked_at > $4)
limit 1

-- name: granted_units
select unit from grant_seen
where principal = $1 and organisation = $2 and valid_from <= $3 and $3 < valid_until and (revoked_at is null or revoked_at > $3)

-- name: roles
select distinct role from grant_seen
where principal = $1 and organisation = $2 and valid_from <= $3 and $3 < valid_until and (revoked_at is null or revoked_at > $3)
order by role
