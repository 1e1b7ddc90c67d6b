-- name: find_system
select organisation
from connected_system
where issuer = $1 and client_id = $2 and revoked_at is null and valid_from <= $3 and valid_until > $3

-- name: select_systems
select issuer, client_id, organisation
from connected_system
where revoked_at is null and valid_from <= $1 and valid_until > $1
