-- name: claim_key
insert into idempotency (caller, key, request_hash, status, answer, created_at)
values ($1, $2, $3, 0, '', $4)
on conflict (caller, key) do nothing
returning true

-- name: find_answer
select request_hash, status, answer
from idempotency
where caller = $1 and key = $2

-- name: keep_answer
update idempotency set status = $3, answer = $4
where caller = $1 and key = $2

-- name: drop_key
delete from idempotency where caller = $1 and key = $2

-- name: forget_answers
delete from idempotency
where (caller, key) in (select caller, key from idempotency where created_at < $1 limit 1000)
returning true
