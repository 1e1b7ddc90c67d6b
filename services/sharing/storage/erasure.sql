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
