-- name: notices_for_reader
select position, id, name, body, created_at
from outbox cross join lateral (select convert_from(outbox.body, 'UTF8')::jsonb as said) as notice
where organisation = $1 and done_at is null and not exists (
    select from child_case k join handling h using (subject_id)
    where h.handlers is not null and not ($2 = any(h.handlers)) and k.case_id in (
        (notice.said ->> 'case_id')::uuid,
        (select case_id from matter where matter_id = (notice.said ->> 'matter_id')::uuid),
        (select case_id from delivery join permit using (permit_id) where delivery_id = (notice.said ->> 'delivery_id')::uuid)
    )
)
order by position limit $3
