-- Consents that were collected before Samsyn: marked as such for ever, and each line of a file is taken once.

alter table answer drop constraint answer_way_check;
alter table answer add constraint answer_way_check check (way in ('e-identity', 'paper', 'oral', 'imported'));
alter table answer drop constraint answer_recorded;
alter table answer add constraint answer_recorded check ((way in ('paper', 'oral')) = (recording_id is not null));
alter table answer alter column served_id drop not null;
alter table answer add constraint answer_served check ((way = 'imported') = (served_id is null));

create table imported_line (
    organisation text not null,
    file_sha256 bytea not null,
    line integer not null,
    request_id uuid not null unique references request,
    consent_id uuid not null references consent,
    imported_by text not null,
    imported_at timestamptz not null,
    primary key (organisation, file_sha256, line)
);

grant select, insert on imported_line to consent;
