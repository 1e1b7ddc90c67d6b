-- name: lock_steering
select case_id, responsible, coordinator, next_step, next_due, plan_since, closed_at, close_reason
from child_case where case_id = $1 for update

-- name: find_steering
select case_id, responsible, coordinator, next_step, next_due, plan_since, closed_at, close_reason
from child_case where case_id = $1

-- name: save_steering
update child_case set responsible = $2, coordinator = $3, next_step = $4, next_due = $5, plan_since = $6, closed_at = $7,
    close_reason = $8, alarmed_at = case when responsible is distinct from $2 then null else alarmed_at end
where case_id = $1

-- name: other_plan
select case_id from child_case
where organisation = $1 and subject_id = $2 and plan_since is not null and closed_at is null and case_id <> $3

-- name: cases_of_responsible
select case_id, unit, subject_id, model from child_case
where organisation = $1 and responsible = $2 and closed_at is null order by case_id for update

-- name: cases_of_units
select c.case_id, u.unit, c.organisation, c.model, c.purpose, c.child_ref, c.opened_at, c.next_step, c.next_due, c.closed_at,
    c.responsible
from unnest($1::text[]) as u(unit)
cross join lateral (
    select k.case_id, k.organisation, k.model, k.purpose, k.child_ref, k.opened_at, k.next_step, k.next_due, k.closed_at,
        k.responsible
    from case_party p join child_case k using (case_id)
    where p.unit = u.unit and p.case_id < $2 and (k.closed_at is null) = $3 and not exists (
            select from handling h where h.subject_id = k.subject_id and h.handlers is not null and not ($5 = any(h.handlers))
        )
    order by p.case_id desc limit $4
) c
order by c.case_id desc, u.unit limit $4

-- name: without_responsible
select c.case_id, c.organisation, c.unit, c.subject_id from child_case c
where c.closed_at is null and c.alarmed_at is null and not exists (
    select 1 from access_grant g
    where g.principal = c.responsible and g.organisation = c.organisation and g.revoked_at is null
        and g.valid_from <= $1 and g.valid_until > $1 and (g.unit is null or g.unit = c.unit)
)
order by c.case_id limit $2 for update of c skip locked

-- name: mark_alarmed
update child_case set alarmed_at = $2 where case_id = $1
