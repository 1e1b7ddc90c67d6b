-- name: add_person
insert into person (person_id, subject_id, lookup, number_sealed, name_sealed, protected, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (lookup) do nothing

-- name: find_person
select person_id, subject_id, number_sealed, protected from person where lookup = $1

-- name: get_person
select person_id, subject_id, number_sealed, protected from person where person_id = $1

-- name: get_subject
select person_id, subject_id, number_sealed, protected from person where subject_id = $1

-- name: lock_person
select person_id from person where person_id = $1 for no key update

-- name: get_name
select name_sealed from person where person_id = $1

-- name: describe_person
update person set name_sealed = coalesce($2, name_sealed), protected = $3 where person_id = $1

-- name: add_child_ref
insert into child_ref (child_ref, organisation, person_id, created_at) values ($1, $2, $3, $4)
on conflict (organisation, person_id) do nothing

-- name: get_child_ref
select child_ref from child_ref where organisation = $1 and person_id = $2

-- name: find_child
select person.person_id, person.subject_id, person.number_sealed, person.protected
from child_ref join person using (person_id)
where child_ref.organisation = $1 and child_ref.child_ref = $2
