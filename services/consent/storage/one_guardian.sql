-- name: add_exception
insert into guardian_exception
    (exception_id, child_id, guardian_id, organisation, discloser_unit, purpose, category, reason, document, last_day, attested_by,
     attested_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: get_exception
select exception_id, child_id, guardian_id, organisation, discloser_unit, purpose, category, reason, document, last_day, attested_by,
    attested_at, confirmed_by, ended_by
from guardian_exception where exception_id = $1

-- name: confirm_exception
update guardian_exception set confirmed_by = $2, confirmed_at = $3 where exception_id = $1 and confirmed_at is null and ended_at is null

-- name: end_exception
update guardian_exception set ended_by = $2, ended_at = $3 where exception_id = $1 and ended_at is null

-- name: list_exceptions
select exception_id, child_id, guardian_id, organisation, discloser_unit, purpose, category, reason, document, last_day, attested_by,
    attested_at, confirmed_by, ended_by
from guardian_exception
where organisation = $1 and ($2::text[] is null or discloser_unit = any($2)) and ended_at is null and last_day >= $3
order by attested_at, exception_id

-- name: rounds_of_question
select distinct request.request_id
from request join request_row using (request_id)
where request.child_id = $1 and request_row.discloser_unit = $2 and request_row.purpose = $3 and request_row.category = $4
    and request.last_day >= $5
order by request.request_id
