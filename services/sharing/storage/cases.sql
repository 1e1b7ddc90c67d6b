-- name: find_case
select case_id, organisation, unit, subject_id, child_ref, model, model_version, purpose, opened_by, opened_at
from child_case where case_id = $1

-- name: subject_of_reference
select subject_id from child_case where organisation = $1 and child_ref = $2
union all
select c.subject_id from delivery d join permit p using (permit_id) join unit u on u.unit = p.recipient_unit join child_case c using (case_id)
where u.organisation = $1 and d.recipient_child_ref = $2
limit 1

-- name: reference_of_subject
select child_ref from child_case where organisation = $1 and subject_id = $2 and child_ref <> $3
union all
select d.recipient_child_ref from delivery d join permit p using (permit_id) join unit u on u.unit = p.recipient_unit
    join child_case c using (case_id)
where u.organisation = $1 and c.subject_id = $2 and d.recipient_child_ref <> $3
limit 1

-- name: save_case
insert into child_case
    (case_id, organisation, unit, subject_id, child_ref, model, model_version, purpose, opened_by, opened_at, responsible)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: parties_of_case
select unit, organisation from case_party where case_id = $1 order by unit

-- name: save_party
insert into case_party (case_id, unit, organisation) values ($1, $2, $3)

-- name: find_decision
select decision_id, case_id, decided_by, decided_at, rules from decision where decision_id = $1

-- name: decisions_of_case
select decision_id, case_id, decided_by, decided_at, rules from decision where case_id = $1 order by decision_id

-- name: save_decision
insert into decision (decision_id, case_id, decided_by, decided_at, rules) values ($1, $2, $3, $4, $5)

-- name: items_of_decisions
select item_id, decision_id, place, discloser_unit, recipient_unit, purpose, category, about, detail, attested, judgements,
    answer, label, rule, needs_consent, reasons, trace, entry_id, declined_at, declined_by, decline_reason, said
from decision_item where decision_id = any($1::uuid[]) order by decision_id, place

-- name: find_items
select item_id, decision_id, place, discloser_unit, recipient_unit, purpose, category, about, detail, attested, judgements,
    answer, label, rule, needs_consent, reasons, trace, entry_id, declined_at, declined_by, decline_reason, said
from decision_item where item_id = any($1::uuid[]) order by place

-- name: save_item
insert into decision_item
    (item_id, decision_id, place, discloser_unit, recipient_unit, purpose, category, about, detail, attested, judgements,
    answer, label, rule, needs_consent, reasons, trace, entry_id, declined_at, declined_by, decline_reason, said)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)

-- name: decline_item
update decision_item set declined_at = $2, declined_by = $3, decline_reason = $4
where item_id = $1 and declined_at is null

-- name: requests_of_decision
select request_id, decision_id, discloser_unit, asked_by, asked_at, until, answer_by
from consent_request where decision_id = $1 order by discloser_unit

-- name: save_request
insert into consent_request (request_id, decision_id, discloser_unit, asked_by, asked_at, until, answer_by)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (decision_id, discloser_unit) do nothing returning request_id
