-- name: save_change
insert into register_change (change_id, organisation, kind, object, action, changed_at, changed_by, before, after)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: changes_of
select change_id, organisation, kind, object, action, changed_at, changed_by, before, after
from register_change where organisation = $1 and ($2::text is null or object = $2)
order by changed_at desc, change_id desc limit $3

-- name: save_proposal
insert into access_proposal (proposal_id, organisation, wanted, proposed_by, proposed_at, decided_by, decided_at, grant_id)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: lock_proposal
select proposal_id, organisation, wanted, proposed_by, proposed_at, decided_by, decided_at, grant_id
from access_proposal where proposal_id = $1 for update

-- name: open_proposals
select proposal_id, organisation, wanted, proposed_by, proposed_at, decided_by, decided_at, grant_id
from access_proposal where organisation = $1 and decided_at is null order by proposed_at, proposal_id

-- name: decide_proposal
update access_proposal set decided_by = $2, decided_at = $3, grant_id = $4 where proposal_id = $1

-- name: has_delivered
select exists (
    select 1 from delivery d join permit p using (permit_id) join unit u on u.unit = p.recipient_unit
    where p.organisation = $1 or u.organisation = $1)
