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

-- name: save_review
insert into access_review (organisation, reviewed_at, reviewed_by, findings) values ($1, $2, $3, $4)

-- name: reviewed_at
select coalesce((select max(r.reviewed_at) from access_review r where r.organisation = o.organisation), o.registered_at)
from organisation o where o.organisation = $1

-- name: unreviewed
with late as (
    select o.organisation, coalesce((select max(r.reviewed_at) from access_review r where r.organisation = o.organisation), o.registered_at)
        as since
    from organisation o
    where exists (select from access_grant g where g.organisation = o.organisation and g.revoked_at is null and g.valid_until > $1)
)
select organisation, since from late left join access_review_alarm a using (organisation)
where since <= $2 and (a.alarmed_at is null or a.alarmed_at <= $3)
order by since, organisation limit $4

-- name: mark_review_alarmed
insert into access_review_alarm as a (organisation, alarmed_at) values ($1, $2)
on conflict (organisation) do update set alarmed_at = excluded.alarmed_at where a.alarmed_at <= $3
returning organisation
