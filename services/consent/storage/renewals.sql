-- name: add_renewal
insert into renewal (request_id, renews) values ($1, $2) on conflict do nothing

-- name: renewed
select renews from renewal where request_id = $1

-- name: holding_request
select consent.request_id
from request_row
join governing_row using (subject_id, discloser_unit, recipient_unit, purpose, category, about)
join consent using (consent_id)
where request_row.request_id = $1 and governing_row.state = 'given' and governing_row.valid_until > $2 and consent.request_id <> $1
order by consent.given_at desc, consent.consent_id desc
limit 1

-- name: given_keys
select distinct request_row.subject_id, request_row.discloser_unit, request_row.recipient_unit, request_row.purpose, request_row.category,
    request_row.about
from consent
join consent_row using (consent_id)
join request_row on request_row.request_id = consent_row.request_id and request_row.row_number = consent_row.row_number
where consent.request_id = $1

-- name: add_narrowing
insert into narrowing (narrowing_id, request_id, last_day, narrowed_by, narrowed_at) values ($1, $2, $3, $4, $5)
