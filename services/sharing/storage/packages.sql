-- name: save_package
insert into package (package_id, permit_id, case_id, organisation, made_by, made_at, until_at, sent_at, delivered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: package_of_permit
select package_id, permit_id, case_id, organisation, made_by, made_at, until_at, sent_at, delivered_at
from package where permit_id = $1

-- name: ready_packages
select package_id, permit_id, case_id, organisation, made_by, made_at, until_at, sent_at, delivered_at
from package k
where sent_at is null and until_at > $1
    and not exists (
        select from permit_item pi where pi.permit_id = k.permit_id and not exists (
            select from delivery d where d.permit_id = pi.permit_id and d.item_id = pi.item_id and d.cipher is not null
        )
    )
    and not exists (
        select from permit_item pi join decision_item i using (item_id) join child_case c on c.case_id = k.case_id
        where pi.permit_id = k.permit_id and pi.needs_consent and not exists (
            select from consent_row r where r.subject_id = c.subject_id and r.discloser_unit = i.discloser_unit
                and r.recipient_unit = i.recipient_unit and r.purpose = i.purpose and r.category = i.category and r.about = i.about
                and r.state = 'given' and r.valid_from <= $1 and $1 < r.valid_until
        )
    )
order by package_id limit $2
for update of k skip locked

-- name: mark_sent
update package set sent_at = $2 where package_id = $1

-- name: mark_delivered
update package set delivered_at = $2
where package_id = $1 and not exists (select from delivery d where d.permit_id = package.permit_id and d.cipher is not null)
