-- name: add_disclosure
insert into disclosure
    (disclosure_id, case_id, subject_id, organisation, discloser_unit, recipient_unit, purpose, categories, basis, tell, disclosed_at,
     consent_id, held, review_on, noted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (disclosure_id) do nothing

-- name: add_hold
insert into tell_hold (disclosure_id, revision, organisation, held, review_on, decided_at) values ($1, $2, $3, $4, $5, $6)
on conflict (disclosure_id, revision) do nothing

-- name: list_disclosures
select disclosure.disclosure_id, disclosure.case_id, disclosure.subject_id, disclosure.organisation, disclosure.discloser_unit,
    disclosure.recipient_unit, disclosure.purpose, disclosure.categories, disclosure.basis, disclosure.tell, disclosure.disclosed_at,
    disclosure.consent_id, coalesce(word.held, disclosure.held) as held, coalesce(word.revision, 0) as revision
from disclosure
left join lateral (
    select tell_hold.held, tell_hold.revision
    from tell_hold
    where tell_hold.disclosure_id = disclosure.disclosure_id and tell_hold.organisation = disclosure.organisation
    order by tell_hold.revision desc
    limit 1
) as word on true
where disclosure.subject_id = $1
order by disclosure.disclosed_at desc, disclosure.disclosure_id desc
limit $2
