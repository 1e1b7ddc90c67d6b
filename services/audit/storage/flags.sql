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

-- name: children_by_day
select actor, (at at time zone 'Europe/Stockholm')::date as day, count(distinct subject)::int as children
from entry_fact where year = $1 and log_id = $2 and actor = any($3::bytea[]) and entry_index < $4 and at >= $5 group by 1, 2

-- name: last_acts
select wanted.actor, last.at
from unnest($3::bytea[]) as wanted (actor)
cross join lateral (
  select at from entry_fact
  where year = $1 and log_id = $2 and entry_fact.actor = wanted.actor and entry_index < $4 order by entry_index desc limit 1) as last

-- name: told_since
select distinct entry_fact.actor from flag
join entry_fact on entry_fact.year = $1 and entry_fact.log_id = flag.log_id and entry_fact.entry_index = flag.entry_index
where flag.log_id = $2 and flag.rule = $3 and entry_fact.actor = any($4::bytea[]) and entry_fact.at >= $5

-- name: unreviewed_glass
select flag.log_id, flag.entry_index
from flag
join log using (log_id)
join entry_fact as opened on opened.year = log.year and opened.log_id = flag.log_id and opened.entry_index = flag.entry_index
where flag.rule = 'break-glass' and opened.at < $1 and opened.at >= $2 and opened.answer is distinct from 'refused'
  and not exists (
    select 1 from flag as told
    where told.log_id = flag.log_id and told.entry_index = flag.entry_index and told.rule = 'break-glass-unreviewed')
  and not exists (
    select 1 from log as later join entry_fact as reviewed on reviewed.year = later.year and reviewed.log_id = later.log_id
    where later.organisation = log.organisation and later.year >= log.year and reviewed.case_id = opened.case_id
      and reviewed.object_id = opened.object_id and reviewed.action = 'break-glass.reviewed'
      and reviewed.answer is distinct from 'refused')
order by flag.log_id, flag.entry_index
