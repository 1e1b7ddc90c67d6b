-- name: try_lock
select pg_try_advisory_lock($1)

-- name: poke
select pg_notify('outbox', '')

-- name: start_chain
insert into producer_chain (sequence, hash) values (0, $1) on conflict do nothing

-- name: lock_chain
select sequence, hash from producer_chain for update

-- name: move_chain
update producer_chain set sequence = $1, hash = $2

-- name: unnumbered
select id, body
from outbox
where log is not null and producer_sequence is null
order by position
limit $1

-- name: number
update outbox
set producer_sequence = n.sequence, previous_hash = n.link
from unnest($1::uuid[], $2::bigint[], $3::bytea[]) as n (id, sequence, link)
where outbox.id = n.id

-- name: fresh
select id, name, organisation, body, traceparent, producer_sequence, previous_hash, created_at, tries
from outbox
where published_at is null and done_at is null and (log is null or producer_sequence is not null)
order by position
limit $1

-- name: in_doubt
select id, name, organisation, body, traceparent, producer_sequence, previous_hash, created_at, tries
from outbox
where done_at is null and organisation is null and published_at < $1
order by position
limit $2

-- name: stale
select id, name, organisation, body, traceparent, producer_sequence, previous_hash, created_at, tries
from outbox
where done_at is null
  and case when organisation is null
    then published_at + $2::interval * power(2, least(tries, 4) - 1) <= $1
    else published_at + $3::interval * power(2, least(tries, 7) - 1) <= $1
  end
order by position
limit $4

-- name: mark_published
update outbox
set published_at = $2, tries = tries + 1, done_at = case when received @> receivers then $2 else done_at end
where id = any($1::uuid[])

-- name: sweep_outbox
delete from outbox where done_at < $1

-- name: sweep_inbox
delete from inbox where handled_at < $1
