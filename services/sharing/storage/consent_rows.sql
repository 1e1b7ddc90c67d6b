-- name: insert_row_if_absent
insert into consent_row (subject_id, discloser_unit, recipient_unit, purpose, category, about, state, epoch, revision)
values ($1, $2, $3, $4, $5, $6, 'unknown', 0, 0)
on conflict do nothing

-- name: lock_row
select subject_id, discloser_unit, recipient_unit, purpose, category, about,
    consent_id, state, epoch, revision, valid_from, valid_until
from consent_row
where subject_id = $1 and discloser_unit = $2 and recipient_unit = $3 and purpose = $4 and category = $5 and about = $6
for update

-- name: find_row
select subject_id, discloser_unit, recipient_unit, purpose, category, about,
    consent_id, state, epoch, revision, valid_from, valid_until
from consent_row
where subject_id = $1 and discloser_unit = $2 and recipient_unit = $3 and purpose = $4 and category = $5 and about = $6

-- name: save_row
update consent_row set consent_id = $7, state = $8, epoch = $9, revision = $10, valid_from = $11, valid_until = $12
where subject_id = $1 and discloser_unit = $2 and recipient_unit = $3 and purpose = $4 and category = $5 and about = $6

-- name: rows_to_doubt
select subject_id, discloser_unit, recipient_unit, purpose, category, about,
    consent_id, state, epoch, revision, valid_from, valid_until
from consent_row
where consent_id = $1 and revision < $2 and state = 'given'
order by subject_id::text, discloser_unit, recipient_unit, purpose, category, about
for update

-- name: add_tombstone
insert into consent_tombstone (consent_id, withdrawn_at) values ($1, $2) on conflict do nothing

-- name: has_tombstone
select exists (select 1 from consent_tombstone where consent_id = $1)

-- name: known_epoch
select epoch from consent_epoch

-- name: feed_position
select epoch, position from consent_epoch

-- name: raise_epoch
update consent_epoch set epoch = $1, position = 0 where epoch < $1

-- name: advance_feed
update consent_epoch set position = greatest(position, $2) where epoch = $1

-- name: copies_between
select subject_id, discloser_unit, recipient_unit, purpose, category, about,
    consent_id, state, epoch, revision, valid_from, valid_until
from consent_row
where ($1::uuid is null or subject_id > $1) and ($2::uuid is null or subject_id <= $2)
order by subject_id
limit $3
