-- name: destroyed
select destroyed from erased_subject where subject_id = $1

-- name: keep_erased
insert into erased_subject (subject_id, erasure_id, erased_at, destroyed) values ($1, $2, $3, $4)

-- name: count_subject
select
    (select count(*) from child_case where subject_id = $1) as cases,
    (
        select count(*) from decision_item join decision using (decision_id) join child_case using (case_id)
        where child_case.subject_id = $1
    ) as items,
    (
        select count(*) from delivery join permit using (permit_id) join child_case using (case_id)
        where child_case.subject_id = $1
    ) as deliveries

-- name: unlink_cases
update child_case set child_ref = $2 where subject_id = $1

-- name: empty_items
update decision_item set attested = '{}', judgements = '{}', said = '{}', trace = '{}'
where decision_id in (select decision_id from decision join child_case using (case_id) where child_case.subject_id = $1)

-- name: empty_permits
update permit_item set attested = '{}', judgements = '{}'
where permit_id in (select permit_id from permit join child_case using (case_id) where child_case.subject_id = $1)

-- name: empty_deliveries
update delivery set cipher = null, recipient_child_ref = $2, stopped_at = coalesce(stopped_at, $3)
where permit_id in (select permit_id from permit join child_case using (case_id) where child_case.subject_id = $1)

-- name: references
select distinct child_ref::text as reference from (
    select child_ref from child_case where subject_id = $1
    union all
    select recipient_child_ref from delivery join permit using (permit_id) join child_case using (case_id) where child_case.subject_id = $1
) held
where child_ref <> $2

-- name: close_cases
update child_case set responsible = null, coordinator = null, next_step = null, next_due = null, plan_since = null,
    closed_at = coalesce(closed_at, $2)
where subject_id = $1

-- name: leave_cases
update child_case set responsible = null where responsible = any($1::text[])

-- name: unlink_matters
update matter set sent_by = case when mine or sent_by = any($2::text[]) then $3 else sent_by end,
    answered_by = case when answered_by is not null and (mine or answered_by = any($2::text[])) then $3 else answered_by end
from (
    select matter_id, case_id is not null and case_id in (select case_id from child_case where subject_id = $1) as mine from matter
    where case_id in (select case_id from child_case where subject_id = $1) or sent_by = any($2::text[]) or answered_by = any($2::text[])
) held
where held.matter_id = matter.matter_id

-- name: drop_duties
delete from duty where done_at is null and case_id in (select case_id from child_case where subject_id = $1)

-- name: unlink_duties
update duty set done_by = $3
where done_by is not null and (done_by = any($2::text[]) or case_id in (select case_id from child_case where subject_id = $1))

-- name: unlink_told
update told set told_by = $3, present = case when case_id in (select case_id from child_case where subject_id = $1) then '{}' else present end
where told_by = any($2::text[]) or case_id in (select case_id from child_case where subject_id = $1)

-- name: uncount
delete from counted_child where subject_id = $1

-- name: forget_handling
delete from handling where subject_id = $1

-- name: drop_notices
delete from outbox where (organisation is not null or done_at is not null)
    and exists (select from unnest($1::text[]) as name where position(convert_to(name, 'UTF8') in body) > 0)

-- name: drop_answers
delete from idempotency where exists (select from unnest($1::text[]) as name where position(convert_to(name, 'UTF8') in answer) > 0)

-- name: drop_letters
delete from dead_letter where exists (select from unnest($1::text[]) as name where position(convert_to(name, 'UTF8') in body) > 0)
