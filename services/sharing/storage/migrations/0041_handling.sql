-- How a person is to be handled, as consent last said: never why. An operator never edits this by hand: consent is the truth.

create table handling (
    subject_id uuid primary key,
    restricted boolean not null,
    revision bigint not null
);

grant select, insert, update on handling to sharing;
