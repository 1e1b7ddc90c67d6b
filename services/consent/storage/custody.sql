-- name: add_statement
insert into custody_statement
    (statement_id, child_id, rank, organisation, stated_by, second, document, stated_at, first_day, last_day, care_order)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: add_guardian
insert into custody_guardian (statement_id, person_id, custody) values ($1, $2, $3)

-- name: list_statements
select statement_id, child_id, rank, organisation, stated_at, first_day, last_day, care_order
from custody_statement where child_id = $1
order by stated_at, statement_id

-- name: list_guardians
select custody_guardian.statement_id, custody_guardian.person_id, custody_guardian.custody
from custody_guardian join custody_statement using (statement_id)
where custody_statement.child_id = $1
order by custody_guardian.person_id

-- name: list_children
select distinct custody_statement.child_id
from custody_guardian join custody_statement using (statement_id)
where custody_guardian.person_id = $1

-- name: add_judgement
insert into judgement
    (judgement_id, child_id, discloser_unit, purpose, category, maturity, in_confidence, secret_from, judged_by, judged_at, last_day)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: get_judgement
select maturity, in_confidence, secret_from, last_day
from judgement
where child_id = $1 and discloser_unit = $2 and purpose = $3 and category = $4 and (last_day is null or last_day >= $5)
order by judged_at desc, judgement_id desc
limit 1

-- name: note_check
insert into register_check (person_id, tried_at, heard_at) values ($1, $2, $3)
on conflict (person_id) do update
set tried_at = excluded.tried_at, heard_at = coalesce(excluded.heard_at, register_check.heard_at)

-- name: get_heard
select heard_at from register_check where person_id = $1

-- name: due_checks
select person.person_id
from person left join register_check using (person_id)
where exists (select from request where request.child_id = person.person_id and request.last_day >= $1)
    and (register_check.tried_at is null or register_check.tried_at <= $2
        or (register_check.heard_at is distinct from register_check.tried_at and register_check.tried_at <= $3))
order by register_check.tried_at nulls first, person.person_id
limit $4
