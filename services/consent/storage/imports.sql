-- name: add_line
insert into imported_line (organisation, file_sha256, line, request_id, consent_id, imported_by, imported_at)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: line_taken
select consent_id from imported_line where organisation = $1 and file_sha256 = $2 and line = $3

-- name: is_imported
select true from imported_line where request_id = $1
