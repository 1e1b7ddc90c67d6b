-- name: change_handling
with wanted as (
    select
        exists (select from person_hold where person_id = $1 and kind = 'protected' and lifted_at is null) as protected,
        exists (select from person_hold where person_id = $1 and kind = 'restricted' and lifted_at is null) as restricted,
        array(
            select organisation || ' ' || principal from named_handler where person_id = $1 and confirmed_at is not null
            order by organisation, principal
        ) as handlers
)
update person set protected = wanted.protected, restricted = wanted.restricted, handlers = wanted.handlers,
    handling_revision = handling_revision + 1
from wanted
where person.person_id = $1 and person.erased_at is null and (
    (person.protected, person.restricted) is distinct from (wanted.protected, wanted.restricted)
    or (wanted.protected and person.handlers <> wanted.handlers)
)
returning person.subject_id, person.protected or person.restricted as restricted, person.handling_revision as revision,
    case when person.protected then person.handlers end as handlers, person.protected

-- name: told
select subject_id, protected or restricted as restricted, handling_revision as revision, case when protected then handlers end as handlers
from person where person_id = $1

-- name: add_barrier
insert into handling_barrier (person_id, subject_id, restricted, revision, handlers, asked_at) values ($1, $2, $3, $4, $5, $6)

-- name: pending
select subject_id, restricted, revision, handlers from handling_barrier where taken_at is null order by asked_at, revision limit $1

-- name: confirm_handling
update handling_barrier set taken_at = $3 where subject_id = $1 and revision = $2 and taken_at is null returning person_id
