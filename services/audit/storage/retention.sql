-- name: insert_retirement
insert into retirement (retirement_id, organisation, year, decision, state, log_id, proposed_by, proposed_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict (organisation, year) do nothing

-- name: insert_retired_logs
insert into retired_log (retirement_id, log_id, size) select $1, log_id, size from log_state where log_id = any($2::bigint[])

-- name: lock_retirement
select retirement_id, organisation, year, decision, state, log_id, proposed_by, confirmed_by, proposed_at, changed_at
from retirement where retirement_id = $1 for update

-- name: save_retirement
update retirement set state = $2, confirmed_by = $3, changed_at = $4 where retirement_id = $1

-- name: retirements_of
select retirement_id, organisation, year, decision, state, log_id, proposed_by, confirmed_by, proposed_at, changed_at
from retirement where organisation = $1 order by year desc

-- name: retirement_of_year
select exists (select 1 from retirement where organisation = $1 and year = $2)

-- name: confirmed_retirements
select retirement_id from retirement where state = 'confirmed' order by changed_at, retirement_id

-- name: retired_logs
select retirement_id, log_id, size, upto, keys, parts, kept from retired_log where retirement_id = $1 order by log_id

-- name: save_progress
update retired_log set upto = $2, keys = keys + $3, parts = parts + $4, kept = $5 where log_id = $1

-- name: keys_of_log
select token from keystore.person where log_id = $1

-- name: count_parts
select count(*) from person_part where year = $1 and log_id = $2

-- name: thin_parts
select thin_parts($1, $2, $3, $4, $5)
