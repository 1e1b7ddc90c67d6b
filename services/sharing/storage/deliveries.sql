-- name: find_permit
select permit_id, decision_id, case_id, organisation, recipient_unit, confirmed_by, confirmed_at, expires_at, entry_id
from permit where permit_id = $1

-- name: save_permit
insert into permit
    (permit_id, decision_id, case_id, organisation, recipient_unit, confirmed_by, confirmed_at, expires_at, entry_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: items_of_permit
select permit_id, item_id, use_by, attested, judgements, needs_consent from permit_item where permit_id = $1 order by item_id

-- name: save_permit_item
insert into permit_item (permit_id, item_id, use_by, attested, judgements, needs_consent) values ($1, $2, $3, $4, $5, $6)

-- name: save_delivery
insert into delivery (delivery_id, permit_id, item_id, kid, sha256, cipher, schema, recipient_child_ref, posted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: posted_under
select item_id, delivery_id, sha256 from delivery where permit_id = $1

-- name: find_delivery
select d.delivery_id, d.permit_id, d.item_id, p.case_id, c.subject_id, p.organisation as discloser_organisation,
    i.discloser_unit, u.organisation as recipient_organisation, p.recipient_unit, d.recipient_child_ref,
    i.purpose, i.category, i.about, pi.needs_consent, d.kid, d.sha256, d.cipher, d.schema, pi.use_by, d.posted_at, d.stopped_at, d.stop_reason,
    exists (select 1 from release r where r.delivery_id = d.delivery_id) as released
from delivery d
join permit_item pi using (permit_id, item_id)
join permit p using (permit_id)
join decision_item i using (item_id)
join child_case c on c.case_id = p.case_id
join unit u on u.unit = p.recipient_unit
where d.delivery_id = $1

-- name: lock_delivery
select delivery_id from delivery where delivery_id = $1 for update

-- name: standing_on_row
select d.delivery_id, d.permit_id, d.item_id, p.case_id, c.subject_id, p.organisation as discloser_organisation,
    i.discloser_unit, u.organisation as recipient_organisation, p.recipient_unit, d.recipient_child_ref,
    i.purpose, i.category, i.about, pi.needs_consent, d.kid, d.sha256, d.cipher, d.schema, pi.use_by, d.posted_at, d.stopped_at, d.stop_reason,
    exists (select 1 from release r where r.delivery_id = d.delivery_id) as released
from delivery d
join permit_item pi using (permit_id, item_id)
join permit p using (permit_id)
join decision_item i using (item_id)
join child_case c on c.case_id = p.case_id
join unit u on u.unit = p.recipient_unit
where c.subject_id = $1 and i.discloser_unit = $2 and i.recipient_unit = $3 and i.purpose = $4 and i.category = $5
    and i.about = $6 and d.stopped_at is null
order by d.delivery_id
for update of d

-- name: stop_delivery
update delivery set stopped_at = $2, stop_reason = $3, cipher = null where delivery_id = $1

-- name: deliveries_of_case
select d.delivery_id, d.permit_id, d.item_id, p.case_id, c.subject_id, p.organisation as discloser_organisation,
    i.discloser_unit, u.organisation as recipient_organisation, p.recipient_unit, d.recipient_child_ref,
    i.purpose, i.category, i.about, pi.needs_consent, d.kid, d.sha256, null::text as cipher, d.schema, pi.use_by, d.posted_at, d.stopped_at, d.stop_reason,
    exists (select 1 from release r where r.delivery_id = d.delivery_id) as released
from delivery d
join permit_item pi using (permit_id, item_id)
join permit p using (permit_id)
join decision_item i using (item_id)
join child_case c on c.case_id = p.case_id
join unit u on u.unit = p.recipient_unit
where p.case_id = $1
order by d.delivery_id

-- name: save_release
insert into release (release_id, delivery_id, released_to, released_at, entry_id) values ($1, $2, $3, $4, $5)

-- name: find_receipt
select receipt_id, delivery_id, state, reason, jws, received_at from receipt where delivery_id = $1 and state = $2

-- name: save_receipt
insert into receipt (receipt_id, delivery_id, state, reason, jws, received_at) values ($1, $2, $3, $4, $5, $6)

-- name: receipts_of_case
select r.receipt_id, r.delivery_id, r.state, r.reason, r.jws, r.received_at
from receipt r
join delivery d using (delivery_id)
join permit p using (permit_id)
where p.case_id = $1
order by r.received_at, r.receipt_id

-- name: entries_of_delivery
select i.entry_id as decided, p.entry_id as confirmed
from delivery d
join permit p using (permit_id)
join decision_item i using (item_id)
join unit u on u.unit = p.recipient_unit
where d.delivery_id = $1 and u.organisation = $2
