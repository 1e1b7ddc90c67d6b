-- name: uncounted_logs
select log_state.log_id from log_state join log using (log_id)
left join tally_state on tally_state.log_id = log_state.log_id and tally_state.version = $1
where log.year > 0 and log_state.size > coalesce(tally_state.upto, 0) order by log_state.log_id

-- name: counted_upto
select upto from tally_state where log_id = $1 and version = $2 for update

-- name: counts
select quarter, model, measure, number from tally where log_id = $1

-- name: asked
select object_id, asked_at, quarter, model from tally_asked where log_id = $1

-- name: forget_counts
delete from tally where log_id = $1

-- name: save_counts
insert into tally (log_id, quarter, model, measure, number)
select $1, quarter, model, measure, number
from unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) as counted (quarter, model, measure, number)
on conflict (log_id, quarter, model, measure) do update set number = excluded.number

-- name: forget_asked
delete from tally_asked where log_id = $1 and object_id = any($2::text[])

-- name: save_asked
insert into tally_asked (log_id, object_id, asked_at, quarter, model)
select $1, object_id, asked_at, quarter, model
from unnest($2::text[], $3::timestamptz[], $4::text[], $5::text[]) as fresh (object_id, asked_at, quarter, model)
on conflict (log_id, object_id) do update set asked_at = excluded.asked_at, quarter = excluded.quarter, model = excluded.model

-- name: save_counted
insert into tally_state (log_id, version, upto) values ($1, $2, $3)
on conflict (log_id) do update set version = excluded.version, upto = excluded.upto
