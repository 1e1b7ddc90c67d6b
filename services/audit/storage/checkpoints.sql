-- name: insert_checkpoint
insert into checkpoint (log_id, size, root, note, signed_at) values ($1, $2, $3, $4, $5)

-- name: last_checkpoint
select log_id, size, root, note, signed_at from checkpoint where log_id = $1 order by size desc, signed_at desc limit 1

-- name: checkpoints_until
select log_id, size, root, note, signed_at from checkpoint where log_id = $1 and size <= $2 order by size, signed_at

-- name: checkpoint_exists
select exists (select 1 from checkpoint where log_id = $1 and size = $2)

-- name: checkpoint_at
select log_id, size, root, note, signed_at from checkpoint where log_id = $1 and size = $2 order by signed_at desc limit 1

-- name: first_checkpoint_above
select log_id, size, root, note, signed_at from checkpoint where log_id = $1 and size > $2 order by size, signed_at limit 1
