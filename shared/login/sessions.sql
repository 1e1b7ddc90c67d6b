-- name: add_attempt
insert into login_attempt (state_hash, browser_hash, nonce, code_verifier, return_to, is_strong, max_age_seconds, begun_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: take_attempt
delete from login_attempt where state_hash = $1
returning browser_hash, nonce, code_verifier, return_to, is_strong, max_age_seconds, begun_at

-- name: add_session
insert into session (id_hash, issuer, subject, sid, organisation, acr, authenticated_at, scopes, person_id, began_at, seen_at, ends_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)

-- name: find_session
select issuer, subject, sid, organisation, acr, authenticated_at, scopes, person_id, seen_at, ends_at
from session where id_hash = $1 and seen_at > $2 and ends_at > $3

-- name: touch_session
update session set seen_at = greatest(seen_at, $2) where id_hash = $1

-- name: end_session
delete from session where id_hash = $1 returning issuer, sid

-- name: end_sessions_of_login
delete from session where issuer = $1 and sid = $2

-- name: end_sessions_of_person
delete from session where issuer = $1 and subject = $2 returning sid

-- name: add_ended_login
insert into ended_login (issuer, sid, until_at) values ($1, $2, $3)
on conflict (issuer, sid) do update set until_at = greatest(ended_login.until_at, excluded.until_at)

-- name: select_ended_logins
select issuer, sid, until_at from ended_login where until_at > $1

-- name: use_logout_token
insert into logout_token (issuer, jti, until_at) values ($1, $2, $3) on conflict do nothing returning jti

-- name: delete_old_attempts
delete from login_attempt where begun_at < $1

-- name: delete_old_sessions
delete from session where ends_at <= $1 or seen_at <= $2

-- name: delete_old_ended_logins
delete from ended_login where until_at <= $1

-- name: delete_old_logout_tokens
delete from logout_token where until_at <= $1
