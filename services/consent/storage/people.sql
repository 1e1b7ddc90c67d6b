-- name: add_person
with added as (
    insert into person (person_id, subject_id, lookup, number_sealed, name_sealed, created_at, own_key)
    values ($1, $2, $3, $4, $5, $6, true)
    on conflict (lookup) do nothing
    returning person_id
)
insert into keystore.person_key (person_id, wrapped, restricted) select person_id, $7, false from added

-- name: find_person
select person.person_id, person.subject_id, person.number_sealed, person.protected, person.own_key, key.wrapped, key.restricted
from person left join keystore.person_key as key using (person_id)
where person.lookup = $1 and person.erased_at is null

-- name: get_person
select person.person_id, person.subject_id, person.number_sealed, person.protected, person.own_key, key.wrapped, key.restricted
from person left join keystore.person_key as key using (person_id)
where person.person_id = $1 and person.erased_at is null

-- name: get_subject
select person.person_id, person.subject_id, person.number_sealed, person.protected, person.own_key, key.wrapped, key.restricted
from person left join keystore.person_key as key using (person_id)
where person.subject_id = $1 and person.erased_at is null

-- name: lock_person
select person_id from person where person_id = $1 for no key update

-- name: get_sealed
select person.number_sealed, person.name_sealed, person.own_key, person.protected, key.wrapped, key.restricted
from person left join keystore.person_key as key using (person_id)
where person.person_id = $1 and person.erased_at is null

-- name: describe_person
update person set name_sealed = $2 where person_id = $1

-- name: without_key
select person_id, number_sealed, name_sealed, protected
from person where not own_key and erased_at is null
order by person_id limit $1 for update skip locked

-- name: keep_key
insert into keystore.person_key (person_id, wrapped, restricted) values ($1, $2, $3)

-- name: seal_again
update person set number_sealed = $2, name_sealed = $3, own_key = true where person_id = $1

-- name: rewrap_key
update keystore.person_key set wrapped = $2, restricted = $3 where person_id = $1

-- name: add_child_ref
insert into child_ref (child_ref, organisation, person_id, created_at) values ($1, $2, $3, $4)
on conflict (organisation, person_id) do nothing

-- name: get_child_ref
select child_ref from child_ref where organisation = $1 and person_id = $2

-- name: find_child
select person.person_id, person.subject_id, person.number_sealed, person.protected, person.own_key, key.wrapped, key.restricted
from child_ref join person using (person_id) left join keystore.person_key as key using (person_id)
where child_ref.organisation = $1 and child_ref.child_ref = $2 and person.erased_at is null

-- name: add_login
insert into person_login (person_id, principal) values ($1, $2) on conflict do nothing

-- name: logins
select principal from person_login where person_id = $1 order by principal
