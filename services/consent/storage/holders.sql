-- name: holders_of
select consent.consent_id, consent.request_id, request.case_id, request.organisation, child_ref.child_ref,
    coalesce(bool_or(governing_row.state = 'given'), false) as some_hold,
    coalesce(bool_and(governing_row.state is not distinct from 'given'), false) as all_hold
from consent
join request using (request_id)
join child_ref on child_ref.organisation = request.organisation and child_ref.person_id = request.child_id
join organisation_seen on organisation_seen.organisation = request.organisation
join consent_row on consent_row.consent_id = consent.consent_id
join request_row on request_row.request_id = consent_row.request_id and request_row.row_number = consent_row.row_number
left join governing_row
    on governing_row.consent_id = consent.consent_id and governing_row.subject_id = request_row.subject_id
    and governing_row.discloser_unit = request_row.discloser_unit and governing_row.recipient_unit = request_row.recipient_unit
    and governing_row.purpose = request_row.purpose and governing_row.category = request_row.category
    and governing_row.about = request_row.about
where consent.consent_id = any($1::uuid[]) and cardinality(organisation_seen.systems) > 0
group by consent.consent_id, consent.request_id, request.case_id, request.organisation, child_ref.child_ref

-- name: asker_of
select request.case_id, request.organisation, child_ref.child_ref,
    not exists (
        select from request_row
        left join governing_row using (subject_id, discloser_unit, recipient_unit, purpose, category, about)
        where request_row.request_id = request.request_id
            and (governing_row.state is distinct from 'given' or governing_row.valid_from > $2 or governing_row.valid_until <= $2)
    ) as complete
from request
join child_ref on child_ref.organisation = request.organisation and child_ref.person_id = request.child_id
join organisation_seen on organisation_seen.organisation = request.organisation
where request.request_id = $1 and cardinality(organisation_seen.systems) > 0

-- name: has_named
select true from child_ref where organisation = $1 and person_id = $2

-- name: requests_of_case
select request_id from request where case_id = $1 and child_id = $2 and organisation = $3 and discloser_unit = $4
order by asked_at, request_id
