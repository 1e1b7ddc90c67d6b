-- name: find_log
select log_id, organisation, year, origin, opened_at, part from log where organisation = $1 and year = $2 order by part desc limit 1

-- name: find_log_by_id
select log_id, organisation, year, origin, opened_at, part from log where log_id = $1

-- name: list_logs
select log_id, organisation, year, origin, opened_at, part from log where organisation = $1 order by year, part

-- name: logs_of_many
select log_id, organisation, year, origin, opened_at, part from log where organisation = any($1::text[]) order by organisation, year, part

-- name: open_log
insert into log (organisation, year, origin, opened_at, part) values ($1, $2, $3, $4, $5)
on conflict (organisation, year, part) do nothing
returning log_id

-- name: start_state
insert into log_state (log_id, size, peaks, root, epoch) select $1, 0, '', $2, epoch from sequencer

-- name: lock_states
select log_id, size, peaks, root, epoch from log_state where log_id = any($1::bigint[]) order by log_id for update

-- name: read_state
select log_id, size, peaks, root, epoch from log_state where log_id = $1

-- name: advance_state
update log_state set size = $2, peaks = $3, root = $4, epoch = $5
where log_id = $1 and size = $6 and epoch <= $5

-- name: advance_states
update log_state set size = fresh.size, peaks = fresh.peaks, root = fresh.root, epoch = fresh.epoch
from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::bigint[])
  as fresh (log_id, size, peaks, root, epoch, before)
where log_state.log_id = fresh.log_id and log_state.size = fresh.before and log_state.epoch <= fresh.epoch

-- name: raise_epoch
update sequencer set epoch = epoch + 1 returning epoch

-- name: halt_log
insert into halt (log_id, reason, entry_index, halted_at) values ($1, $2, $3, $4) on conflict (log_id) do nothing

-- name: halted_logs
select log_id from halt where log_id = any($1::bigint[])

-- name: unsigned_logs
select log_state.log_id from log_state
where not exists (select 1 from checkpoint where checkpoint.log_id = log_state.log_id and checkpoint.size = log_state.size)
  and not exists (select 1 from halt where halt.log_id = log_state.log_id)
  and log_state.log_id not in (select log_id from log where year = 0)  -- the root log grows by these
order by log_state.log_id

-- name: try_lock
select pg_try_advisory_lock(1396788039)

-- name: any_halted
select exists (
  select 1 from halt join log using (log_id)
  where not exists (select 1 from log as follower where follower.organisation = log.organisation and follower.year = log.year
    and follower.part > log.part))

-- name: halt_of
select reason from halt where log_id = $1
