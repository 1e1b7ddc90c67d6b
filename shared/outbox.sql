-- name: add_outbox
insert into outbox (id, name, organisation, log, body, traceparent, receivers, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: receive_events
update outbox
set received = array_append(received, $1), done_at = case when array_append(received, $1) @> receivers then $3::timestamptz end
where id = any($2::uuid[]) and organisation is null and done_at is null and $1 = any(receivers) and not $1 = any(received)

-- name: confirm_notices
update outbox
set received = receivers, done_at = $3
where id = any($2::uuid[]) and organisation = $1 and done_at is null

-- name: select_open_notices
select position, id, name, body, created_at
from outbox
where organisation = $1 and done_at is null and position > $2
order by position
limit $3

-- name: is_open
select exists (select from outbox where id = $1 and done_at is null)

-- name: oldest_entry
select min(created_at) from outbox where log = $1 and done_at is null
