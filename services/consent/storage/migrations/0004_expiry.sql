-- The end of a row is noted once: nothing is written when a consent runs out, except notices, and at 18 the stop.

alter table governing_row add column noted_until timestamptz;  -- the end that has been noted
create index governing_row_runs_out on governing_row (valid_until) where state = 'given' and noted_until is distinct from valid_until;
create index request_open on request (last_day, request_id);
