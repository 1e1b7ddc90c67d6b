-- name: save_told
insert into told (told_id, case_id, item_id, organisation, discloser_unit, recipient_unit, category, purpose, way, present, basis, law,
    tell, told_by, told_at, entry_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)

-- name: find_told
select told_id, case_id, item_id, organisation, discloser_unit, recipient_unit, category, purpose, way as medium, present, basis, law, tell,
    told_by, told_at, entry_id
from told where told_id = $1
