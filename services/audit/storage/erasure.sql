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
select log_id, organisation, year, origin, opened_at from log order by log_id
