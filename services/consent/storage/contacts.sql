-- name: keep_contact
insert into contact (person_id, email_sealed, telephone_sealed, language, set_at) values ($1, $2, $3, $4, $5)
on conflict (person_id) do update
set email_sealed = excluded.email_sealed, telephone_sealed = excluded.telephone_sealed, language = excluded.language, set_at = excluded.set_at

-- name: get_contact
select email_sealed, telephone_sealed, language from contact where person_id = $1

-- name: add_push
insert into push (push_id, notice_id, person_id, due_at)
select $1, $2, contact.person_id, $4
from contact join person using (person_id)
where contact.person_id = $3 and not person.protected and person.erased_at is null
    and (contact.email_sealed is not null or contact.telephone_sealed is not null)
on conflict do nothing

-- name: take_due
with due as (
    select push_id from push where sent_at is null and dead_at is null and due_at <= $1 order by due_at limit $2 for update skip locked
)
update push set tries = tries + 1, due_at = $1 + make_interval(secs => 60 * power(4, least(tries, 5)))
from due where push.push_id = due.push_id
returning push.push_id, push.person_id, push.tries

-- name: sent
update push set sent_at = $2, failure = null where push_id = $1

-- name: failed
update push set failure = $2, dead_at = $3 where push_id = $1

-- name: is_protected
select protected from person where person_id = $1

-- name: given_up
select push_id, tries, failure as reason, dead_at as given_up_at from push where dead_at is not null order by dead_at desc, push_id limit $1

-- name: count_given_up
select count(*) from push where dead_at is not null

-- name: retire_pushes
with old as (select push_id from push where coalesce(sent_at, dead_at) < $1 order by coalesce(sent_at, dead_at) limit $2)
delete from push using old where push.push_id = old.push_id returning push.push_id
