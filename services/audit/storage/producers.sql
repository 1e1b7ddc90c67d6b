-- name: ensure_producer
insert into producer (producer, sequence, hash) values ($1, $2, $3) on conflict (producer) do nothing

-- name: lock_producer
select sequence, hash from producer where producer = $1 for update

-- name: advance_producer
update producer set sequence = $2, hash = $3 where producer = $1

-- name: hold
insert into held (producer, entry_id, sequence, reason, since) values ($1, $2, $3, $4, $5)
on conflict (producer) do update set
  entry_id = excluded.entry_id, sequence = excluded.sequence, reason = excluded.reason,
  since = case when held.reason = excluded.reason then held.since else excluded.since end
returning since

-- name: release
delete from held where producer = $1 and sequence <= $2

-- name: list_held
select producer, entry_id, sequence, reason, since from held order by since

-- name: quarantine
insert into quarantine (producer, message_id, reason, body, quarantined_at) values ($1, $2, $3, $4, $5)
on conflict (producer, message_id) do nothing
returning message_id

-- name: quarantined
select message_id from quarantine where producer = $1 and message_id = any($2::uuid[])

-- name: kept_for
select producer, message_id, body from quarantine
where reason = $1 and position($2::bytea in body) > 0
order by quarantined_at, producer, message_id

-- name: let_go
delete from quarantine where producer = $1 and message_id = $2
