-- name: save_matter
insert into matter (matter_id, kind, case_id, from_organisation, from_unit, to_organisation, to_unit, categories, sent_by, sent_at, answer_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: lock_matter
select matter_id, kind, case_id, from_organisation, from_unit, to_organisation, to_unit, categories, sent_at, answer_by, received_at,
    answer, answered_at
from matter where matter_id = $1 for update

-- name: receive_matter
update matter set received_at = coalesce(received_at, $2) where matter_id = $1

-- name: answer_matter
update matter set answer = $2, answered_by = $3, answered_at = $4, received_at = coalesce(received_at, $4)
where matter_id = $1 and answer is null

-- name: times_returned
select count(*) from matter
where case_id = $1 and answer = 'returned' and ((from_unit = $2 and to_unit = $3) or (from_unit = $3 and to_unit = $2))

-- name: matters_of_case
select matter_id, kind, case_id, from_organisation, from_unit, to_organisation, to_unit, categories, sent_at, answer_by, received_at,
    answer, answered_at
from matter where case_id = $1 and (from_unit = any($2::text[]) or to_unit = any($2::text[])) order by matter_id

-- name: matters_of_units
select matter_id, kind, case_id, from_organisation, from_unit, to_organisation, to_unit, categories, sent_at, answer_by, received_at,
    answer, answered_at
from (
    select m.matter_id, m.kind, m.case_id, m.from_organisation, m.from_unit, m.to_organisation, m.to_unit, m.categories, m.sent_at,
        m.answer_by, m.received_at, m.answer, m.answered_at
    from unnest($1::text[]) as u(unit)
    cross join lateral (
        (select w.matter_id, w.kind, w.case_id, w.from_organisation, w.from_unit, w.to_organisation, w.to_unit, w.categories,
            w.sent_at, w.answer_by, w.received_at, w.answer, w.answered_at
        from matter w where w.to_unit = u.unit and w.matter_id < $2 and not exists (
            select from child_case k join handling h using (subject_id)
            where k.case_id = w.case_id and h.handlers is not null and not ($4 = any(h.handlers))
        ) order by w.matter_id desc limit $3)
        union
        (select w.matter_id, w.kind, w.case_id, w.from_organisation, w.from_unit, w.to_organisation, w.to_unit, w.categories,
            w.sent_at, w.answer_by, w.received_at, w.answer, w.answered_at
        from matter w where w.from_unit = u.unit and w.matter_id < $2 and not exists (
            select from child_case k join handling h using (subject_id)
            where k.case_id = w.case_id and h.handlers is not null and not ($4 = any(h.handlers))
        ) order by w.matter_id desc limit $3)
    ) m
) of_all
order by matter_id desc limit $3
