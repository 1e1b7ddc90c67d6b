-- name: add_recording
insert into recorded_answer
    (recording_id, request_id, person_id, way, served_id, document_sha256, witness, reason, together_with, answered_at, recorded_by,
     recorded_at, interpreted_by, interpreted_to, helper, heard_how, heard_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)

-- name: add_recorded_row
insert into recorded_row (recording_id, row_number, choice) values ($1, $2, $3)

-- name: lock_recording
select recording_id, request_id, person_id, way, served_id, document_sha256, witness, reason, together_with, answered_at, recorded_by,
    recorded_at, interpreted_by, interpreted_to, helper, heard_how, heard_by, verified_by
from recorded_answer where recording_id = $1
for no key update

-- name: get_recording
select recording_id, request_id, person_id, way, served_id, document_sha256, witness, reason, together_with, answered_at, recorded_by,
    recorded_at, interpreted_by, interpreted_to, helper, heard_how, heard_by, verified_by
from recorded_answer where recording_id = $1

-- name: list_recorded_rows
select row_number, choice from recorded_row where recording_id = $1 order by row_number

-- name: verify_recording
update recorded_answer set verified_by = $2, verified_at = $3 where recording_id = $1 and verified_at is null

-- name: waiting_recordings
select recorded_answer.recording_id, recorded_answer.request_id, request.case_id, request.discloser_unit as unit, request.child_id,
    recorded_answer.way, recorded_answer.document_sha256, recorded_answer.answered_at, recorded_answer.recorded_at,
    recorded_answer.interpreted_by, recorded_answer.interpreted_to, recorded_answer.helper, recorded_answer.heard_how
from recorded_answer join request using (request_id)
where recorded_answer.verified_at is null
    and exists (select from recorded_row where recorded_row.recording_id = recorded_answer.recording_id and recorded_row.choice = 'yes')
    and request.organisation = $1 and ($2::text[] is null or request.discloser_unit = any($2))
order by recorded_answer.recorded_at, recorded_answer.recording_id
