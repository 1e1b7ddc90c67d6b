-- name: hold_still
select pg_advisory_xact_lock(1396788040)

-- name: insert_hold
insert into hold (hold_id, organisation, log_id, kind, reason, case_id, review_on, state, placed_by, placed_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)

-- name: seal_held
insert into keystore.held (hold_id, box) values ($1, $2)

-- name: forget_held
delete from keystore.held where hold_id = $1

-- name: lock_hold
select hold_id, organisation, log_id, kind, reason, case_id, review_on, state, placed_by, confirmed_by, lift_by, lifted_by, placed_at,
  changed_at
from hold where hold_id = $1 for update

-- name: save_hold
update hold set state = $2, confirmed_by = $3, lift_by = $4, lifted_by = $5, changed_at = $6 where hold_id = $1

-- name: holds_of
select hold_id, organisation, log_id, kind, reason, case_id, review_on, state, placed_by, confirmed_by, lift_by, lifted_by, placed_at,
  changed_at
from hold where organisation = $1 and (state <> 'lifted' or $2) order by placed_at desc, hold_id limit $3

-- name: standing_holds
select hold.hold_id, hold.state, hold.case_id, held.box
from hold left join keystore.held using (hold_id) where hold.organisation = $1 and hold.state <> 'lifted'

-- name: people_of_case
select actor as token from entry_fact where log_id = $1 and case_id = $2
union
select subject from entry_fact where log_id = $1 and case_id = $2 and subject is not null

-- name: people_of_subject
select distinct actor as token from entry_fact where log_id = $1 and subject = $2
