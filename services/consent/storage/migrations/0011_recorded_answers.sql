-- An answer on paper or by word of mouth: staff or a system records it, another person verifies it before a yes counts.

create table recorded_answer (                -- never changed but for who verified it, once
    recording_id uuid primary key,
    request_id uuid not null references request,
    person_id uuid not null references person,
    way text not null check (way in ('paper', 'oral')),
    served_id uuid not null references served,
    document_sha256 bytea,                    -- of the scan, which stays at the organisation
    witness text,                             -- a colleague who heard it
    reason text,                              -- a code: why by word of mouth
    together_with uuid references person,     -- the adult with whom a child answered
    answered_at timestamptz not null,
    recorded_by text not null,
    recorded_at timestamptz not null,
    verified_by text,
    verified_at timestamptz,
    constraint recorded_on_paper check (way <> 'paper' or document_sha256 is not null),
    constraint recorded_by_word check (way <> 'oral' or (witness is not null and reason is not null)),
    constraint recorded_by_two check (verified_by is distinct from recorded_by),
    constraint recorded_verified check ((verified_by is null) = (verified_at is null))
);
create index recorded_answer_waits on recorded_answer (request_id) where verified_at is null;

create table recorded_row (
    recording_id uuid not null references recorded_answer,
    row_number integer not null,
    choice text not null check (choice in ('yes', 'no', 'wants-to-talk')),
    primary key (recording_id, row_number)
);

alter table answer drop constraint answer_way_check;
alter table answer add constraint answer_way_check check (way in ('e-identity', 'paper', 'oral'));
alter table answer add column recording_id uuid references recorded_answer;
alter table answer add column reason text;    -- a code, with a no; nobody but the person sees it
alter table answer add constraint answer_recorded check ((way = 'e-identity') = (recording_id is null));
alter table answer add constraint answer_reason check (reason is null or choice = 'no');

grant select, insert on recorded_answer, recorded_row to consent;
grant update (verified_by, verified_at) on recorded_answer to consent;
