-- name: waiting_out
select case when log is not null then 'entries' when organisation is null then 'events' else 'notices' end as kind,
  count(*) as number, min(created_at) as oldest, count(*) filter (where published_at is null) as unsent
from outbox where done_at is null group by 1 order by 1

-- name: heard
select source, max(handled_at) as last from inbox group by source order by source

-- name: unread_letters
select count(*) from dead_letter where replayed_at is null
