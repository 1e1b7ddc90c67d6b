-- name: save_glass
insert into glass (glass_id, case_id, permit_id, organisation, unit, recipient_organisation, recipient_unit, categories, reason,
    broken_by, broken_at, until_at, review_by, reviewed_by, reviewed_at, verdict)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)

-- name: lock_glass
select glass_id, case_id, permit_id, organisation, unit, recipient_organisation, recipient_unit, categories, reason,
    broken_by, broken_at, until_at, review_by, reviewed_by, reviewed_at, verdict
from glass where glass_id = $1 for update

-- name: glass_of_organisation
select glass_id, case_id, permit_id, organisation, unit, recipient_organisation, recipient_unit, categories, reason,
    broken_by, broken_at, until_at, review_by, reviewed_by, reviewed_at, verdict
from glass where $1 in (organisation, recipient_organisation) and (unit = any($2::text[]) or recipient_unit = any($2::text[]))
    and not exists (
        select from child_case k join handling h using (subject_id)
        where k.case_id = glass.case_id and h.handlers is not null and not ($4 = any(h.handlers))
    )
order by glass_id desc limit $3

-- name: review_glass
update glass set reviewed_by = $2, reviewed_at = $3, verdict = $4 where glass_id = $1
