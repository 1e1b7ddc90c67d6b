-- name: add_receipt
insert into receipt
    (receipt_id, person_id, request_id, consent_id, act, row_numbers, choices, way, issuer, acr, authenticated_at, served_id, acted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: get_receipt
select receipt_id, person_id, request_id, consent_id, act, row_numbers, choices, way, issuer, acr, authenticated_at, served_id, acted_at
from receipt where receipt_id = $1

-- name: list_receipts
select receipt_id, person_id, request_id, consent_id, act, row_numbers, choices, way, issuer, acr, authenticated_at, served_id, acted_at
from receipt where person_id = $1
order by acted_at desc, receipt_id desc
limit $2
