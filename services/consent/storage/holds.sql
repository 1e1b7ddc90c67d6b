-- name: add_hold
insert into person_hold (hold_id, person_id, kind, reason, organisation, set_by, set_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing

-- name: lock_hold
select hold_id, person_id, kind, reason, organisation, set_by, set_at, lift_by, lift_at, lifted_by, lifted_at
from person_hold where hold_id = $1 for update

-- name: propose_lift
update person_hold set lift_by = $2, lift_at = $3 where hold_id = $1

-- name: lift_hold
update person_hold set lifted_by = $2, lifted_at = $3 where hold_id = $1

-- name: is_restricted
select restricted from person where person_id = $1

-- name: may_see
select not person.protected or ($2 || ' ' || $3) = any(person.handlers) from person where person_id = $1

-- name: name_handler
insert into named_handler (person_id, organisation, principal, named_by, named_at) values ($1, $2, $3, $4, $5) on conflict do nothing

-- name: lock_handler
select named_by, confirmed_by from named_handler where person_id = $1 and organisation = $2 and principal = $3 for update

-- name: confirm_handler
update named_handler set confirmed_by = $4, confirmed_at = $5 where person_id = $1 and organisation = $2 and principal = $3

-- name: remove_handler
delete from named_handler where person_id = $1 and organisation = $2 and principal = $3
