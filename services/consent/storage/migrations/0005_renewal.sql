-- Which round a new one renews, and what has been narrowed since it was asked. The question itself is never edited.

create table renewal (
    request_id uuid primary key references request,
    renews uuid not null references request,
    constraint renewal_of_another check (request_id <> renews)
);

create table narrowing (
    narrowing_id uuid primary key,
    request_id uuid not null references request,
    last_day date not null,                   -- the earliest of these and of the question's own holds
    narrowed_by text not null,
    narrowed_at timestamptz not null
);
create index narrowing_request on narrowing (request_id);

grant select, insert on renewal, narrowing to consent;
