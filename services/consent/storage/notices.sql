-- name: add_notice
insert into notice (notice_id, person_id, kind, request_id, consent_id, step, noted_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict on constraint notice_once do nothing
returning notice_id

-- name: list_notices
select notice_id, person_id, kind, request_id, consent_id, step, noted_at
from notice where person_id = $1
order by noted_at desc, notice_id desc
limit $2

-- name: open_task
insert into task (task_id, kind, request_id, opened_at) values ($1, $2, $3, $4)
on conflict (request_id, kind) where closed_at is null do nothing
returning task_id

-- name: close_task
update task set closed_at = $3 where request_id = $1 and kind = $2 and closed_at is null returning task_id

-- name: list_tasks
select task.task_id, task.kind, task.request_id, task.opened_at, request.case_id, request.child_id, request.discloser_unit as unit,
    request.answer_by
from task join request using (request_id) join person on person.person_id = request.child_id
where task.closed_at is null and request.organisation = $1 and ($2::text[] is null or request.discloser_unit = any($2::text[]))
    and (not person.protected or $4 = any(person.handlers))
order by task.opened_at, task.task_id
limit $3

-- name: retire_notices
with old as (select notice_id from notice where noted_at < $1 order by noted_at limit $2)
delete from notice using old where notice.notice_id = old.notice_id returning notice.notice_id

-- name: retire_tasks
with old as (select task_id from task where closed_at < $1 order by closed_at limit $2)
delete from task using old where task.task_id = old.task_id returning task.task_id

-- name: retire_disclosures
select retire_disclosures($1, $2)

-- name: retire_requests
select retire_requests($1, $2)
