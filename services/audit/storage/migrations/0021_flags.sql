-- Flags: what a rule found worth a look (audit.md 38). A flag is never a verdict; what somebody makes of it is a mark.

create table flag (
    log_id bigint not null references log,
    entry_index bigint not null,               -- the entry that completed the pattern
    rule text not null,
    version smallint not null,                 -- of the rule, as it was then
    raised_at timestamptz not null,
    mark text check (mark in ('false-positive', 'seen')),
    marked_by bytea,
    marked_at timestamptz,
    primary key (log_id, entry_index, rule)
);

create table flag_state (                      -- how far each log has been looked through
    log_id bigint primary key references log,
    upto bigint not null
);

grant select, insert, update on flag, flag_state to audit;
