-- name: propose
insert into erasure (erasure_id, person_id, reason, decided_by, decided_at) values ($1, $2, $3, $4, $5)
on conflict (person_id) do nothing

-- name: of_person
select erasure_id, person_id, reason, decided_by, decided_at, confirmed_by, confirmed_at from erasure where person_id = $1

-- name: get_erasure
select erasure_id, person_id, reason, decided_by, decided_at, confirmed_by, confirmed_at from erasure where erasure_id = $1 for update

-- name: list_open
select erasure_id, person_id, reason, decided_by, decided_at, confirmed_by, confirmed_at
from erasure
where (select count(*) from erasure_answer where erasure_answer.erasure_id = erasure.erasure_id) < 3
order by decided_at, erasure_id
limit $1

-- name: confirm
update erasure set confirmed_by = $2, confirmed_at = $3 where erasure_id = $1

-- name: add_answer
insert into erasure_answer (erasure_id, house, destroyed, answered_at)
select erasure_id, $2, $3, $4 from erasure where erasure_id = $1
on conflict do nothing
returning house

-- name: answers
select house, destroyed, answered_at from erasure_answer where erasure_id = $1 order by house

-- name: enter
insert into keystore.erasure (erasure_id, person_id, subject_id, erased_at) values ($1, $2, $3, $4) on conflict do nothing

-- name: erase
select erase_person($1)

-- name: undone
select ledger.erasure_id, ledger.person_id, ledger.subject_id, ledger.erased_at
from keystore.erasure as ledger join person using (person_id)
where person.erased_at is null
order by ledger.erased_at

-- name: count_personal
select
    (select count(*) from child_ref where person_id = $1) as "references",
    (select count(*) from notice where person_id = $1 or request_id in (select request_id from request where child_id = $1)) as notices,
    (select count(*) from task where request_id in (select request_id from request where child_id = $1)) as tasks,
    (select count(*) from disclosure join person using (subject_id) where person.person_id = $1) as disclosures,
    (select count(*) from judgement where child_id = $1) as judgements,
    (select count(*) from custody_statement where child_id = $1) as "custody-statements",
    (select count(*) from person_login where person_id = $1) as logins

-- name: children_touched
select distinct request.child_id
from governing_row
join consent_row using (consent_id)
join request_row using (request_id, row_number, subject_id, discloser_unit, recipient_unit, purpose, category, about)
join request using (request_id)
where governing_row.state = 'given'
    and (request.child_id = $1 or governing_row.about = $2 or $1 = any(consent_row.given_by))
order by request.child_id

-- name: rows_touched
select governing_row.subject_id, governing_row.discloser_unit, governing_row.recipient_unit, governing_row.purpose, governing_row.category,
    governing_row.about
from governing_row
join consent_row using (consent_id)
join request_row using (request_id, row_number, subject_id, discloser_unit, recipient_unit, purpose, category, about)
join request using (request_id)
where governing_row.state = 'given'
    and (request.child_id = $1 or governing_row.about = $2 or $1 = any(consent_row.given_by))
order by governing_row.subject_id, governing_row.discloser_unit, governing_row.recipient_unit, governing_row.purpose,
    governing_row.category, governing_row.about
