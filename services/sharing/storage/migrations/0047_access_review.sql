-- When somebody last looked through who may do what in an organisation, and when it was last told that nobody had.

create table access_review (
    organisation text not null references organisation,
    reviewed_at timestamptz not null,
    reviewed_by text not null,
    findings integer not null,                -- what the review showed at that moment
    primary key (organisation, reviewed_at)
);
create table access_review_alarm (
    organisation text primary key references organisation,
    alarmed_at timestamptz not null
);

grant select, insert on access_review to sharing;
grant select, insert, update on access_review_alarm to sharing;
