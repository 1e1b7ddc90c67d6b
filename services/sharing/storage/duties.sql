-- name: save_duty
insert into duty (duty_id, kind, organisation, unit, role, case_id, object_id, route, made_at, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict on constraint duty_once do nothing

-- name: lock_duty
select duty_id, kind, organisation, unit, role, case_id, object_id, route, made_at, due_at, raised_at, stopped_at, done_at
from duty where duty_id = $1 for update

-- name: end_duty
update duty set done_at = $2, done_by = $3 where duty_id = $1 and done_at is null

-- name: end_duties_about
update duty set done_at = $3, done_by = $4, proof = $5 where kind = $1 and object_id = $2 and done_at is null

-- name: due_duties
select duty_id, kind, organisation, unit, role, case_id, object_id, route, made_at, due_at, raised_at, stopped_at, done_at
from duty where done_at is null and raised_at is null and due_at <= $1
order by due_at limit $2 for update skip locked

-- name: raise_duty
update duty set raised_at = $2 where duty_id = $1

-- name: long_overdue
select duty_id, kind, organisation, unit, role, case_id, object_id, route, made_at, due_at, raised_at, stopped_at, done_at
from duty where done_at is null and stopped_at is null and route is not null and due_at <= $1
order by due_at limit $2 for update skip locked

-- name: stop_duty
update duty set stopped_at = $2 where duty_id = $1

-- name: duties_of_units
select duty_id, kind, organisation, unit, role, case_id, object_id, route, made_at, due_at, raised_at, stopped_at, done_at
from duty where unit = any($1::text[]) and done_at is null and not exists (
    select from child_case k join handling h using (subject_id)
    where k.case_id = duty.case_id and h.handlers is not null and not ($3 = any(h.handlers))
)
order by due_at, duty_id limit $2

-- name: past_use_by
select d.delivery_id, p.case_id, p.organisation, i.discloser_unit, c.subject_id,
    exists (select 1 from release r where r.delivery_id = d.delivery_id) as released
from delivery d
join permit_item pi using (permit_id, item_id)
join permit p using (permit_id)
join decision_item i using (item_id)
join child_case c on c.case_id = p.case_id
where d.cipher is not null and d.posted_at <= $1 and pi.use_by <= $1
order by d.posted_at limit $2
for update of d skip locked

-- name: drop_cipher
update delivery set cipher = null where delivery_id = $1
