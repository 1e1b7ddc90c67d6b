-- name: old_cases
select case_id, organisation, unit from child_case
where closed_at < $1 and child_ref <> '00000000-0000-0000-0000-000000000000'
order by closed_at limit $2 for update skip locked

-- name: empty_case_items
update decision_item set attested = '{}', judgements = '{}', said = '{}', trace = '{}'
where decision_id in (select decision_id from decision where case_id = $1)

-- name: empty_case_permits
update permit_item set attested = '{}', judgements = '{}' where permit_id in (select permit_id from permit where case_id = $1)

-- name: empty_case_deliveries
update delivery set cipher = null, recipient_child_ref = $2, stopped_at = coalesce(stopped_at, $3)
where permit_id in (select permit_id from permit where case_id = $1)

-- name: unlink_case
update child_case set child_ref = $2, responsible = null, coordinator = null, next_step = null, next_due = null where case_id = $1
