-- name: known_entries
select found.year, found.log_id, found.entry_index, found.entry_id
from unnest($1::smallint[], $2::bigint[], $3::uuid[]) as wanted (year, log_id, entry_id)
cross join lateral (
  select year, log_id, entry_index, entry_id from entry
  where entry.year = wanted.year and entry.log_id = wanted.log_id and entry.entry_id = wanted.entry_id
  offset 0  -- a probe of the index for each: as a join, a log without statistics yet is read whole, once for each entry
) as found

-- name: insert_entries
insert into entry (year, log_id, entry_index, entry_id, stored, leaf_hash, sequenced_at)
select year, log_id, entry_index, entry_id, stored, leaf_hash, $7
from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::bytea[], $6::bytea[])
  as fresh (year, log_id, entry_index, entry_id, stored, leaf_hash)
returning log_id, entry_index, stored

-- name: read_entries
select year, log_id, entry_index, entry_id, stored, leaf_hash, sequenced_at from entry
where year = $1 and log_id = $2 and entry_index >= $3 and entry_index < $4 order by entry_index

-- name: leaf_hashes
select entry_index, leaf_hash from entry
where year = $1 and log_id = $2 and entry_index >= $3 and entry_index < $4 order by entry_index

-- name: find_entry
select year, log_id, entry_index, entry_id, stored, leaf_hash, sequenced_at from entry where entry_id = $1

-- name: read_part
select token, box from person_part where year = $1 and log_id = $2 and entry_index = $3 and role = $4

-- name: search_entries
select entry.year, entry.log_id, entry.entry_index, entry.entry_id, entry.stored, entry.leaf_hash, entry.sequenced_at
from entry_fact join entry using (year, log_id, entry_index)
where entry_fact.year = $1 and entry_fact.log_id = $2
  and entry_fact.entry_index < $3
  and ($4::uuid is null or entry_fact.case_id = $4)
  and ($5::text is null or entry_fact.answer = $5)
  and ($6::text is null or entry_fact.action = $6)
  and ($7::text is null or entry_fact.unit = $7)
  and ($8::bytea is null or entry_fact.actor = $8)
  and ($9::bytea is null or entry_fact.subject = $9)
  and ($10::timestamptz is null or entry_fact.at >= $10)
  and ($11::timestamptz is null or entry_fact.at < $11)
  and ($12::uuid is null or entry_fact.object_id = $12)
  and ($14::text is null or entry_fact.purpose = $14)
  and ($15::text is null or entry_fact.reasons @> array[$15::text])
  and not coalesce(entry_fact.subject = any($16::bytea[]), false)
  and not coalesce(entry_fact.case_id = any($17::uuid[]), false)
order by entry_fact.entry_index desc
limit $13

-- name: read_line
select entry.year, entry.log_id, entry.entry_index, entry.entry_id, entry.stored, entry.leaf_hash, entry.sequenced_at
from unnest($1::smallint[], $2::bigint[], $3::bytea[]) as wanted (year, log_id, subject)
join entry_fact using (year, log_id, subject)
join entry using (year, log_id, entry_index)
where ($4::timestamptz is null or (entry_fact.at, entry.entry_id) < ($4, $5::uuid))
  and ($6::timestamptz is null or entry_fact.at >= $6)
  and ($7::timestamptz is null or entry_fact.at < $7)
  and not exists (
    select 1 from unnest($9::bigint[], $10::uuid[]) as hidden (log_id, case_id)
    where hidden.log_id = entry_fact.log_id and hidden.case_id = entry_fact.case_id)
order by entry_fact.at desc, entry.entry_id desc
limit $8

-- name: first_beyond
select min(entry_index) from entry where year = $1 and log_id = $2 and entry_index >= $3

-- name: plan_anew
select set_config('plan_cache_mode', 'force_custom_plan', true)
