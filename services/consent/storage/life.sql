-- name: add_pause
insert into pause
    (pause_id, consent_id, row_number, reason, paused_by, paused_at, until,
     subject_id, discloser_unit, recipient_unit, purpose, category, about)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: lift_pauses
update pause set resumed_at = $7, resumed_by = $8
where subject_id = $1 and discloser_unit = $2 and recipient_unit = $3 and purpose = $4 and category = $5 and about = $6
    and resumed_at is null and until > $7 and ($9::text is null or reason = $9)

-- name: get_strike
select strike_id, consent_id, row_number, reason, proposed_by, proposed_at, confirmed_by
from strike where consent_id = $1 and row_number = $2

-- name: propose_strike
insert into strike (strike_id, consent_id, row_number, reason, proposed_by, proposed_at) values ($1, $2, $3, $4, $5, $6)

-- name: confirm_strike
update strike set confirmed_by = $3, confirmed_at = $4 where consent_id = $1 and row_number = $2 and confirmed_by is null
