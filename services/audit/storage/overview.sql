-- name: count_hours
select date_trunc('hour', at at time zone 'Europe/Stockholm') as hour, count(*) as number,
  count(*) filter (where answer in ('refused', 'no')) as refused
from entry_fact where year = any($1::smallint[]) and log_id = any($2::bigint[]) and at >= $3 and at < $4 group by 1 order by 1

-- name: count_flags
select rule, count(*) as number from flag where log_id = $1 and mark is null group by rule
