-- name: find_organisation
select organisation, display_name, principal, public, number, hsa_id, operator, revision
from organisation where organisation = $1

-- name: lock_organisation
select organisation, display_name, principal, public, number, hsa_id, operator, revision
from organisation where organisation = $1 for update

-- name: save_organisation
insert into organisation (organisation, display_name, principal, public, number, hsa_id, operator, revision, registered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (organisation) do update set display_name = excluded.display_name, principal = excluded.principal,
    public = excluded.public, number = excluded.number, hsa_id = excluded.hsa_id, operator = excluded.operator,
    revision = excluded.revision

-- name: operator_organisation
select organisation from organisation where operator

-- name: units_of
select unit, organisation, name, regime, hsa_id, guarded, telephone from unit where organisation = $1 order by unit

-- name: save_unit
insert into unit (unit, organisation, name, regime, hsa_id, guarded, telephone) values ($1, $2, $3, $4, $5, $6, $7)
on conflict (unit) do update set name = excluded.name, regime = excluded.regime, hsa_id = excluded.hsa_id, guarded = excluded.guarded,
    telephone = excluded.telephone
where unit.organisation = excluded.organisation
returning unit

-- name: telephone_of
select telephone from unit where unit = $1

-- name: parties
select u.unit, u.name, u.organisation, u.regime, o.public, o.principal,
    exists (select 1 from kill_switch k where (k.kind = 'organisation' and k.value = u.organisation)
                                           or (k.kind = 'unit' and k.value = u.unit)) as stopped
from unit u join organisation o using (organisation)
where u.unit = any($1::text[])

-- name: systems_of
select issuer, client_id, organisation, valid_from, valid_until, revoked_at
from system_client where organisation = $1 order by issuer, client_id

-- name: save_system
insert into system_client (issuer, client_id, organisation, valid_from, valid_until, revoked_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (issuer, client_id) do update set valid_from = excluded.valid_from, valid_until = excluded.valid_until,
    revoked_at = excluded.revoked_at
where system_client.organisation = excluded.organisation
returning client_id

-- name: organisation_of_system
select organisation from system_client
where issuer = $1 and client_id = $2 and valid_from <= $3 and $3 < valid_until and (revoked_at is null or $3 < revoked_at)
    and not exists (select from kill_switch k where k.kind = 'organisation' and k.value = system_client.organisation)

-- name: signing_keys_of
select organisation, kid, public, valid_from, valid_until, revoked_at
from signing_key where organisation = $1 order by kid

-- name: save_signing_key
insert into signing_key (organisation, kid, public, valid_from, valid_until, revoked_at)
values ($1, $2, $3, $4, $5, $6)

-- name: unit_keys_of
select unit, kid, public, thumbprint, valid_from, valid_until, countersignatures, revoked_at
from unit_key where unit = $1 order by valid_from desc, kid

-- name: save_unit_key
insert into unit_key (unit, kid, public, thumbprint, valid_from, valid_until, countersignatures, revoked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: thrown_switches
select kind, value from kill_switch where kind in ('route', 'row', 'key')

-- name: speaking_systems
select distinct issuer || ' ' || client_id as principal from connected_system
where organisation = $1 and revoked_at is null and valid_until > $2 order by principal

-- name: throw_switch
insert into kill_switch (kind, value, thrown_at, sv, en, thrown_by) values ($1, $2, $3, $4, $5, $6)
on conflict (kind, value) do nothing returning kind

-- name: reset_switch
delete from kill_switch where kind = $1 and value = $2 returning kind

-- name: switches
select kind, value, thrown_at, sv, en, thrown_by from kill_switch order by thrown_at, kind, value

-- name: organisations
select organisation, display_name, principal, public, number, hsa_id, operator, revision from organisation order by organisation

-- name: revoke_system
update system_client set revoked_at = $4
where organisation = $1 and issuer = $2 and client_id = $3 and revoked_at is null
returning client_id

-- name: revoke_signing_key
update signing_key set revoked_at = $3 where organisation = $1 and kid = $2 and revoked_at is null returning kid

-- name: revoke_unit_key
update unit_key set revoked_at = $3 where unit = $1 and kid = $2 and revoked_at is null returning kid
