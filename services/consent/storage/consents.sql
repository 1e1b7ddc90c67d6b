-- name: ensure_row
insert into governing_row
    (subject_id, discloser_unit, recipient_unit, purpose, category, about, state, revision, withdrawn)
values ($1, $2, $3, $4, $5, $6, 'stopped', 0, false)
on conflict do nothing

-- name: lock_row
select subject_id, discloser_unit, recipient_unit, purpose, category, about, consent_id, state, revision, valid_from, valid_until, withdrawn
from governing_row
where subject_id = $1 and discloser_unit = $2 and recipient_unit = $3 and purpose = $4 and category = $5 and about = $6
for update

-- name: get_row
select subject_id, discloser_unit, recipient_unit, purpose, category, about, consent_id, state, revision, valid_from, valid_until, withdrawn
from governing_row
where subject_id = $1 and discloser_unit = $2 and recipient_unit = $3 and purpose = $4 and category = $5 and about = $6
    and consent_id is not null

-- name: given_rows
select subject_id, discloser_unit, recipient_unit, purpose, category, about, consent_id, state, revision, valid_from, valid_until, withdrawn
from governing_row
where subject_id = $1 and state = 'given' and not withdrawn
order by discloser_unit, recipient_unit, purpose, category, about

-- name: save_row
update governing_row
set consent_id = $7, state = $8, revision = $9, valid_from = $10, valid_until = $11, withdrawn = $12
where subject_id = $1 and discloser_unit = $2 and recipient_unit = $3 and purpose = $4 and category = $5 and about = $6

-- name: next_position
update feed set position = position + 1 returning position, head

-- name: get_feed
select epoch, position from feed

-- name: add_change
with added as (insert into change (position, changed, changed_at, link) values ($1, $2, $3, $4) returning link)
update feed set head = added.link from added

-- name: list_changes
select changed from change where position > $1 order by position limit $2

-- name: add_consent
insert into consent (consent_id, request_id, given_at) values ($1, $2, $3)

-- name: add_consent_row
insert into consent_row (consent_id, row_number, request_id, given_by, given_at) values ($1, $2, $3, $4, $5)

-- name: live_consent
select consent.consent_id
from consent
where consent.request_id = $1
    and not exists (select from stop where stop.consent_id = consent.consent_id)
    and not exists (
        select from consent_row
        join request_row using (request_id, row_number)
        join governing_row using (subject_id, discloser_unit, recipient_unit, purpose, category, about)
        where consent_row.consent_id = consent.consent_id
            and (governing_row.consent_id <> consent.consent_id or governing_row.valid_until <= $2)
    )
order by consent.given_at desc, consent.consent_id desc
limit 1

-- name: list_consents
select consent_id, request_id, given_at from consent where request_id = $1 order by given_at, consent_id

-- name: get_consent
select consent_id, request_id, given_at from consent where consent_id = $1

-- name: list_consent_rows
select request_row.request_id, request_row.row_number, request_row.subject_id, request_row.discloser_unit, request_row.recipient_unit,
    request_row.purpose, request_row.category, request_row.about
from consent_row join request_row using (request_id, row_number)
where consent_row.consent_id = $1
order by request_row.row_number

-- name: row_number_of
select consent_row.row_number
from consent_row join request_row using (request_id, row_number)
where consent_row.consent_id = $1 and request_row.subject_id = $2 and request_row.discloser_unit = $3
    and request_row.recipient_unit = $4 and request_row.purpose = $5 and request_row.category = $6 and request_row.about = $7

-- name: add_stop
insert into stop (stop_id, consent_id, row_number, person_id, ending, stopped_at, reason, recorded_by, witness)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: list_stops
select stop_id, consent_id, row_number, person_id, ending, stopped_at, reason, recorded_by, witness
from stop where consent_id = $1 order by stopped_at, stop_id

-- name: last_ending
select stop.ending, stop.stopped_at, consent_row.request_id
from stop
join consent_row using (consent_id, row_number)
join request_row using (request_id, row_number)
where request_row.subject_id = $1 and request_row.discloser_unit = $2 and request_row.recipient_unit = $3
    and request_row.purpose = $4 and request_row.category = $5 and request_row.about = $6 and stop.consent_id = $7
order by stop.stopped_at desc, stop.stop_id desc
limit 1

-- name: running_out
select distinct consent_id
from governing_row
where state = 'given' and valid_until > $1 and valid_until <= $2 and consent_id > $3
order by consent_id
limit $4

-- name: run_out
select distinct consent_id
from governing_row
where state = 'given' and noted_until is distinct from valid_until and valid_until <= $1
order by consent_id
limit $2

-- name: note_end
update governing_row set noted_until = valid_until
where subject_id = $1 and discloser_unit = $2 and recipient_unit = $3 and purpose = $4 and category = $5 and about = $6

-- name: given_by
select given_by from consent_row where consent_id = $1 and row_number = $2
