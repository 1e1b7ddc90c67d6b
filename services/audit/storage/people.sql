-- name: find_people
select found.log_id, found.lookup, found.token, found.wrapped_key
from unnest($1::bigint[], $2::bytea[]) as wanted (log_id, lookup)
cross join lateral (
  select log_id, lookup, token, wrapped_key from keystore.person
  where person.log_id = wanted.log_id and person.lookup = wanted.lookup
  offset 0  -- a probe of the index for each, with or without statistics
) as found

-- name: insert_people
insert into keystore.person (log_id, lookup, token, wrapped_key)
select * from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[])

-- name: wrapped_key
select wrapped_key from keystore.person where log_id = $1 and token = $2
