-- name: last_subject
select max(subject_id::text)::uuid as last
from (
    select distinct subject_id from governing_row
    where consent_id is not null and ($1::uuid is null or subject_id > $1)
    order by subject_id
    limit $2
) as page

-- name: rows_between
select subject_id, discloser_unit, recipient_unit, purpose, category, about, consent_id, state, revision, valid_from, valid_until, withdrawn
from governing_row
where consent_id is not null and ($1::uuid is null or subject_id > $1) and subject_id <= $2
