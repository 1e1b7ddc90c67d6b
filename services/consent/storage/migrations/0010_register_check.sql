-- When the population register was last asked about a child, and when it last answered: how old is what we know.

create table register_check (
    person_id uuid primary key references person,
    tried_at timestamptz not null,
    heard_at timestamptz                      -- null while it has never answered
);
create index register_check_tried on register_check (tried_at);

grant select, insert, update on register_check to consent;
