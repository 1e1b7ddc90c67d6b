-- name: database_clock
select clock_timestamp()

-- name: oldest_unpublished
select min(created_at)
from outbox
where done_at is null and published_at is null

-- name: migration_applied
select exists (select from migration where name = $1)
