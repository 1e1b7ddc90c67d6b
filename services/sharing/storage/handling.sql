-- name: insert_if_absent
insert into handling (subject_id, restricted, revision) values ($1, false, 0) on conflict do nothing

-- name: lock_handling
select restricted, revision, handlers from handling where subject_id = $1 for update

-- name: find_handling
select restricted, revision, handlers from handling where subject_id = $1

-- name: save_handling
update handling set restricted = $2, revision = $3, handlers = $4 where subject_id = $1

-- name: hidden_from
select subject_id from handling where subject_id = any($1::uuid[]) and handlers is not null and not ($2 = any(handlers))
