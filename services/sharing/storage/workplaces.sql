-- name: units_beside
select u.unit, u.name, u.organisation, o.display_name as organisation_name, u.regime, array_agg(distinct a.model) as models
from agreement a
join unit u on u.organisation = any (a.organisations)
join organisation o on o.organisation = u.organisation
where a.organisations @> array[$1::text] and a.valid_from <= $2 and $2 < a.valid_until and (a.revoked_at is null or $2 < a.revoked_at)
group by u.unit, u.name, u.organisation, o.display_name, u.regime
order by u.unit

-- name: unit_names
select unit, name from unit where unit = any ($1::text[])

-- name: find_steering
select case_id, responsible, coordinator, next_step, next_due, plan_since, closed_at, close_reason
from child_case where case_id = $1
