-- name: change_handling
update person set protected = $2, handling_revision = handling_revision + 1
where person_id = $1 and protected <> $2 and erased_at is null
returning subject_id, protected as restricted, handling_revision as revision

-- name: revision_of
select handling_revision from person where person_id = $1

-- name: add_barrier
insert into handling_barrier (person_id, subject_id, restricted, revision, asked_at) values ($1, $2, $3, $4, $5)

-- name: pending
select subject_id, restricted, revision from handling_barrier where taken_at is null order by asked_at, revision limit $1

-- name: confirm_handling
update handling_barrier set taken_at = $3 where subject_id = $1 and revision = $2 and taken_at is null returning person_id
