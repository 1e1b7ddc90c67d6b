-- name: add_barrier
insert into barrier (consent_id, revision, changed, asked_at) values ($1, $2, $3, $4)

-- name: confirm_barrier
update barrier set stopped_at = $3 where consent_id = $1 and revision = $2 and stopped_at is null returning asked_at

-- name: open_barriers
select consent_id, revision, changed from barrier where stopped_at is null order by asked_at limit $1

-- name: barriers_of
select consent_id, revision, changed from barrier where stopped_at is null and consent_id = any($1::uuid[]) order by revision
