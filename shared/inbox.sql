-- name: remember_message
insert into inbox (source, message_id, handled_at)
values ($1, $2, $3)
on conflict do nothing
returning true

-- name: bury_message
insert into dead_letter (id, source, name, subject, headers, body, reason, died_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing

-- name: list_dead_letters
select id, source, name, subject, headers, body, reason, died_at, replayed_at
from dead_letter
order by died_at desc, id
limit $1

-- name: find_dead_letter
select id, source, name, subject, headers, body, reason, died_at, replayed_at
from dead_letter
where id = $1

-- name: lock_dead_letter
select id, source, name, subject, headers, body, reason, died_at, replayed_at
from dead_letter
where id = $1
for update

-- name: mark_replayed
update dead_letter set replayed_at = $2 where id = $1
