-- name: find_people
select log_id, lookup, token, wrapped_key from keystore.person
where (log_id, lookup) in (select * from unnest($1::bigint[], $2::bytea[]))

-- name: insert_people
insert into keystore.person (log_id, lookup, token, wrapped_key)
select * from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[])

-- name: wrapped_key
select wrapped_key from keystore.person where log_id = $1 and token = $2
