-- name: unwatched_logs
select log_state.log_id, coalesce(flag_state.upto, 0) as upto, log_state.size
from log_state left join flag_state using (log_id) where log_state.size > coalesce(flag_state.upto, 0) order by log_state.log_id

-- name: first_since
select coalesce(min(entry_index), $3) from entry_fact where year = $1 and log_id = $2 and entry_index < $3 and at >= $4

-- name: save_upto
insert into flag_state (log_id, upto) values ($1, $2) on conflict (log_id) do update set upto = excluded.upto

-- name: insert_flags
insert into flag (log_id, entry_index, rule, version, raised_at)
select $1, entry_index, rule, version, $5 from unnest($2::bigint[], $3::text[], $4::smallint[]) as fresh (entry_index, rule, version)
on conflict (log_id, entry_index, rule) do nothing

-- name: list_flags
select log_id, entry_index, rule, version, raised_at, mark from flag
where log_id = $1 and entry_index < $2 and ($3::text is null or rule = $3) and (mark is null or $4)
order by entry_index desc, rule limit $5

-- name: mark_flag
update flag set mark = $4, marked_by = $5, marked_at = $6 where log_id = $1 and entry_index = $2 and rule = $3
returning log_id, entry_index, rule, version, raised_at, mark
