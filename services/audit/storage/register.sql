-- name: save_organisation
insert into organisation (organisation, display_name, revision) values ($1, $2, $3)
on conflict (organisation) do update set display_name = excluded.display_name, revision = excluded.revision
where organisation.revision < excluded.revision
returning true

-- name: forget_systems
delete from connected_system where organisation = $1

-- name: save_systems
insert into connected_system (principal, organisation) select unnest($1::text[]), $2
on conflict (principal) do update set organisation = excluded.organisation

-- name: organisation_of
select organisation from connected_system where principal = $1

-- name: organisation_known
select exists (select 1 from organisation where organisation = $1)

-- name: save_grant
insert into granted (grant_id, organisation, unit, principal, role, valid_from, valid_until, revoked_at, revision)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (grant_id) do update set
  unit = excluded.unit, role = excluded.role, valid_from = excluded.valid_from, valid_until = excluded.valid_until,
  revoked_at = excluded.revoked_at, revision = excluded.revision
where granted.revision < excluded.revision

-- name: grants_of
select grant_id, organisation, unit, principal, role, valid_from, valid_until, revoked_at, revision
from granted where principal = $1 and organisation = $2

-- name: organisations_of_officer
select distinct organisation from granted
where principal = $1 and role = 'dpo' and unit is null and revoked_at is null and valid_from <= $2 and valid_until > $2
order by organisation
