-- name: insert_plan
insert into review_plan (plan_id, organisation, log_id, plan_index, planned_by, unit, since, until, share, upto, due, planned_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: lock_plan
select plan_id, organisation, log_id, plan_index, planned_by, unit, since, until, share, upto, due, planned_at, seed_size, drawn_at
from review_plan where plan_id = $1 for update

-- name: list_plans
select plan_id, organisation, log_id, plan_index, planned_by, unit, since, until, share, upto, due, planned_at, seed_size, drawn_at
from review_plan where organisation = $1 order by planned_at desc limit 200

-- name: first_signed_above
select log_id, size, root, note, signed_at from checkpoint where log_id = $1 and size > $2 order by size, signed_at limit 1

-- name: mark_drawn
update review_plan set seed_size = $2, drawn_at = $3 where plan_id = $1

-- name: insert_items
insert into review_item (plan_id, entry_index, unit, why, state, changed_at)
select $1, entry_index, unit, why, 'drawn', $5 from unnest($2::bigint[], $3::text[], $4::text[]) as fresh (entry_index, unit, why)

-- name: list_items
select plan_id, entry_index, unit, why, state, question, asked_by, explanation, answered_by, verdict, signed_by, changed_at
from review_item where plan_id = $1 order by entry_index

-- name: lock_item
select plan_id, entry_index, unit, why, state, question, asked_by, explanation, answered_by, verdict, signed_by, changed_at
from review_item where plan_id = $1 and entry_index = $2 for update

-- name: save_item
update review_item set state = $3, question = $4, asked_by = $5, explanation = $6, answered_by = $7, verdict = $8, signed_by = $9,
  changed_at = $10
where plan_id = $1 and entry_index = $2

-- name: asked_items
select review_item.plan_id, entry_index, review_item.unit, why, state, question, asked_by, explanation, answered_by, verdict, signed_by,
  changed_at
from review_item join review_plan using (plan_id) where organisation = $1 and state = 'asked' order by changed_at limit 200

-- name: count_items
select plan_id, review_item.unit, state, count(*) as number from review_item join review_plan using (plan_id)
where organisation = $1 group by plan_id, review_item.unit, state order by plan_id, review_item.unit, state
