-- name: add_outbox
insert into outbox (id, name, organisation, body, traceparent, receivers, created_at)
values ($1, $2, $3, $4, $5, $6, $7)
