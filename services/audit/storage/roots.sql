-- name: missing_leaves
select log_id, size, signed_at, note from checkpoint
where log_id <> $1 and not exists (
  select 1 from root_leaf where root_leaf.root_id = $1 and root_leaf.log_id = checkpoint.log_id and root_leaf.size = checkpoint.size
    and root_leaf.signed_at = checkpoint.signed_at)
order by signed_at, log_id
limit $2

-- name: insert_leaves
insert into root_leaf (root_index, log_id, size, signed_at, root_id)
select place, log_id, size, signed_at, $5 from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[]) as t (place, log_id, size, signed_at)

-- name: find_leaf
select root_leaf.root_index, checkpoint.note from root_leaf
join checkpoint using (log_id, size, signed_at)
where root_leaf.root_id = $3 and root_leaf.log_id = $1 and root_leaf.root_index < $2
order by root_leaf.root_index desc
limit 1

-- name: save_cosignature
insert into cosignature (log_id, size, witness, line, at) values ($1, $2, $3, $4, $5)
on conflict (log_id, size, witness) do update set line = excluded.line, at = excluded.at where cosignature.at < excluded.at

-- name: cosignatures
select witness, line, at from cosignature where log_id = $1 and size = $2 order by witness

-- name: cosigned_sizes
select size, array_agg(witness) as witnesses, max(at) as at from cosignature where log_id = $1 group by size order by size desc limit 100

-- name: signed_by
select coalesce(max(size), 0) from cosignature where log_id = $1 and witness = $2

-- name: scrubbed
select log_id, next_index, peaks, began_at, whole_at, whole_size from scrub where log_id = $1

-- name: save_scrubbed
insert into scrub (log_id, next_index, peaks, began_at, whole_at, whole_size) values ($1, $2, $3, $4, $5, $6)
on conflict (log_id) do update set next_index = excluded.next_index, peaks = excluded.peaks, began_at = excluded.began_at,
  whole_at = excluded.whole_at, whole_size = excluded.whole_size

-- name: scrub_due
select log.log_id from log left join scrub using (log_id)
where not exists (select 1 from halt where halt.log_id = log.log_id)
order by scrub.whole_at nulls first, log.log_id
limit 1

-- name: fact_count
select count(*) from entry_fact where year = $1 and log_id = $2 and entry_index < $3
