-- name: person_entries
select count(*) from entry_fact where log_id = $1 and (actor = $2 or subject = $2)

-- name: destroy_keys
delete from keystore.person where (log_id, token) in (select * from unnest($1::bigint[], $2::bytea[]))

-- name: destroy_messages
delete from quarantine where position($1::bytea in body) > 0

-- name: find_erasure
select erasure_id, actors, subjects, messages, done_at from erasure where erasure_id = $1

-- name: insert_erasure
insert into erasure (erasure_id, actors, subjects, messages, done_at) values ($1, $2, $3, $4, $5)

-- name: all_logs
select log_id, organisation, year, origin, opened_at, part from log order by log_id

-- name: remember_erased
insert into keystore.erased (lookup, erased_at) select lookup, $2 from unnest($1::bytea[]) lookup on conflict (lookup) do nothing

-- name: find_erased
select lookup, erased_at from keystore.erased where lookup = any($1::bytea[])

-- name: any_erased
select exists (select 1 from keystore.erased)

-- name: forget_erased
delete from keystore.erased where erased_at < $1

-- name: unpurged
select erasure_id from erasure where purged_at is null and done_at < $1 order by done_at limit 1000

-- name: mark_purged
update erasure set purged_at = $2 where erasure_id = any($1::uuid[])

-- name: erasures_in
select entry.entry_id, entry.entry_index, log.origin, erasure.erasure_id, erasure.actors, erasure.subjects, erasure.messages,
  erasure.done_at, erasure.purged_at
from entry_fact
join entry using (year, log_id, entry_index)
join log using (log_id)
join erasure on erasure.erasure_id = entry_fact.object_id
where entry_fact.log_id = any($1::bigint[]) and entry_fact.action = 'person.erased'
order by erasure.done_at desc, entry.entry_index desc
limit $2

-- name: keep_key
insert into keystore.erasure_kept (erasure_id, log_id, role, token, box) values ($1, $2, $3, $4, $5) on conflict do nothing

-- name: any_kept
select exists (select 1 from keystore.erasure_kept where erasure_id = $1)

-- name: logs_kept
select distinct log_id from keystore.erasure_kept order by log_id

-- name: kept_keys
select erasure_id, log_id, role, token, box from keystore.erasure_kept
where log_id = $1 and token <> all($2::bytea[]) order by token limit 1000

-- name: release_keys
delete from keystore.erasure_kept where (log_id, token) in (select * from unnest($1::bigint[], $2::bytea[]))

-- name: count_released
update erasure set actors = actors + $2, subjects = subjects + $3 where erasure_id = $1
