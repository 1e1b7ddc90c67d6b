-- name: save_hold
insert into tell_hold (hold_id, disclosure_id, revision, case_id, organisation, unit, held, reason, review_on, decided_by, decided_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: newest_hold
select hold_id, disclosure_id, revision, case_id, organisation, unit, held, reason, review_on, decided_by, decided_at
from tell_hold where disclosure_id = $1 order by revision desc limit 1
