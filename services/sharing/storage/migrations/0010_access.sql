-- Who decided what about access, with before and after; grants that wait for a second person; why a switch is off.

alter table unit add column hsa_id text, add column guarded boolean not null default false;

alter table access_grant add column responsible text;
update access_grant set responsible = granted_by;
alter table access_grant alter column responsible set not null;

create table access_use (                    -- on which days the holder acted: one row a day, never updated
    grant_id uuid not null references access_grant,
    day date not null,
    primary key (grant_id, day)
);

create table access_proposal (               -- waits for another administrator's word
    proposal_id uuid primary key,
    organisation text not null references organisation,
    wanted jsonb not null,
    proposed_by text not null,
    proposed_at timestamptz not null,
    decided_by text,
    decided_at timestamptz,
    grant_id uuid references access_grant,   -- null once decided: it was turned down
    constraint access_proposal_by_two check (decided_by <> proposed_by)
);
create index access_proposal_open on access_proposal (organisation) where decided_at is null;

create table register_change (               -- before and after of each change of the register, in order
    change_id uuid primary key,
    organisation text not null,
    kind text not null,
    object text not null,
    action text not null,
    changed_at timestamptz not null,
    changed_by text not null,
    before jsonb,
    after jsonb
);
create index register_change_of_organisation on register_change (organisation, change_id);

alter table kill_switch
    add column sv text not null default '', add column en text not null default '', add column thrown_by text not null default '';

create or replace view connected_system as   -- whoever has no grant in force, or was revoked, is not let in
    select s.issuer, s.client_id, s.organisation, least(s.valid_until, g.valid_until) as valid_until, s.revoked_at,
        greatest(s.valid_from, g.valid_from) as valid_from
    from system_client s
    join access_grant g on g.organisation = s.organisation and g.role = 'system' and g.revoked_at is null
        and g.principal = s.issuer || ' ' || s.client_id;

grant select, insert on access_use, register_change to sharing;
grant select, insert, update on access_proposal to sharing;
