-- name: keep_text
insert into text_version (sha256, text_id, version, body, first_used_at) values ($1, $2, $3, $4, $5) on conflict do nothing

-- name: get_text
select body from text_version where sha256 = $1

-- name: add_request
insert into request
    (request_id, case_id, child_id, organisation, discloser_unit, regime, model, text_sha256, asked_at, answer_by, last_day,
     longest_months)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (request_id) do nothing
returning request_id

-- name: add_request_row
insert into request_row (request_id, row_number, subject_id, discloser_unit, recipient_unit, purpose, category, about)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: get_request
select request_id, case_id, child_id, organisation, discloser_unit, regime, model, text_sha256, asked_at, answer_by, longest_months,
    least(
        request.last_day, (select min(narrowing.last_day) from narrowing where narrowing.request_id = request.request_id)
    ) as last_day
from request where request_id = $1

-- name: list_requests
select request_id, case_id, child_id, organisation, discloser_unit, regime, model, text_sha256, asked_at, answer_by, longest_months,
    least(
        request.last_day, (select min(narrowing.last_day) from narrowing where narrowing.request_id = request.request_id)
    ) as last_day
from request where child_id = any($1::uuid[])
order by asked_at desc, request_id desc

-- name: list_requests_about
select request_id, case_id, child_id, organisation, discloser_unit, regime, model, text_sha256, asked_at, answer_by, longest_months,
    least(
        request.last_day, (select min(narrowing.last_day) from narrowing where narrowing.request_id = request.request_id)
    ) as last_day
from request where request_id in (select request_id from request_row where about = $1)
order by asked_at desc, request_id desc

-- name: list_rows
select request_id, row_number, subject_id, discloser_unit, recipient_unit, purpose, category, about
from request_row where request_id = $1
order by row_number

-- name: latest_round
select request.request_id, request.regime, request.asked_at, request.answer_by,
    least(
        request.last_day, (select min(narrowing.last_day) from narrowing where narrowing.request_id = request.request_id)
    ) as last_day
from request_row join request using (request_id)
where request_row.subject_id = $1 and request_row.discloser_unit = $2 and request_row.recipient_unit = $3
    and request_row.purpose = $4 and request_row.category = $5 and request_row.about = $6
order by request.asked_at desc, request.request_id desc
limit 1

-- name: own_answers
select row_number, choice, served_id, answered_at, reason, way
from answer where request_id = $1 and person_id = $2
order by answered_at, recorded_at, answer_id

-- name: ways_of_answers
select distinct way from answer where request_id = $1 and recorded_at <= $2 order by way

-- name: add_answer
insert into answer
    (answer_id, request_id, row_number, person_id, choice, way, issuer, acr, authenticated_at, served_id, answered_at, recorded_at,
     recording_id, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)

-- name: add_served
insert into served (served_id, request_id, person_id, text_sha256, language, rendering, shown_sha256, served_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: get_served
select served_id, request_id, person_id, text_sha256, language, rendering, shown_sha256, served_at
from served where served_id = $1

-- name: open_requests
select request_id, case_id, child_id, organisation, discloser_unit, regime, model, text_sha256, asked_at, answer_by, longest_months,
    least(
        request.last_day, (select min(narrowing.last_day) from narrowing where narrowing.request_id = request.request_id)
    ) as last_day
from request
where request_id > $1 and (
    (last_day >= $2 and exists (
        select from request_row
        left join governing_row using (subject_id, discloser_unit, recipient_unit, purpose, category, about)
        where request_row.request_id = request.request_id
            and (governing_row.state is distinct from 'given' or governing_row.valid_until <= $3
                or governing_row.valid_from < request.asked_at)))
    or exists (select from task where task.request_id = request.request_id and task.closed_at is null))
order by request_id
limit $4

-- name: unsettled_of
select request_id, case_id, child_id, organisation, discloser_unit, regime, model, text_sha256, asked_at, answer_by, longest_months,
    least(
        request.last_day, (select min(narrowing.last_day) from narrowing where narrowing.request_id = request.request_id)
    ) as last_day
from request join person on person.person_id = request.child_id
where request.organisation = $1 and ($2::text[] is null or request.discloser_unit = any($2::text[]))
    and (not person.protected or $3 = any(person.handlers))
    and request_id > $4 and last_day >= $5
    and exists (
        select from request_row
        left join governing_row using (subject_id, discloser_unit, recipient_unit, purpose, category, about)
        where request_row.request_id = request.request_id
            and (governing_row.state is distinct from 'given' or governing_row.valid_until <= $6
                or governing_row.valid_from < request.asked_at))
order by request_id
limit $7
