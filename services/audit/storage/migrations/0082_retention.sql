-- A year past its time is thinned (audit.md 32 to 34): keys and person parts are destroyed, entries, hashes and checkpoints stay, so that
-- every proof holds. Two officers of the organisation say so, by a decision of its own to weed out (arkivlagen 1990:782, 10 §).

create table retirement (
    retirement_id uuid primary key,
    organisation text not null references organisation,
    year smallint not null,
    decision text not null,                   -- the number of the organisation's own decision
    state text not null check (state in ('proposed', 'confirmed', 'thinned')),
    log_id bigint not null references log,    -- the log that holds its entries, and whose tokens name the officers
    proposed_by bytea not null,
    confirmed_by bytea,
    proposed_at timestamptz not null,
    changed_at timestamptz not null,
    unique (organisation, year)
);

create table retired_log (                    -- one row for each part of the year: how far it has come
    retirement_id uuid not null references retirement,
    log_id bigint primary key references log,
    size bigint not null,
    upto bigint not null default 0,           -- entries before this index have no person part any more, but for those that a hold keeps
    keys bigint not null default 0,           -- destroyed so far
    parts bigint not null default 0,
    kept bigint not null default 0            -- persons whose keys a hold keeps: the year is not done before they are gone too
);

-- The one way to delete from a log: person parts alone, and only of a log that two have retired.
create function thin_parts(retired bigint, in_year smallint, low bigint, high bigint, keep bytea[]) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    gone bigint;
begin
    if not exists (
        select 1 from retired_log join retirement using (retirement_id) where retired_log.log_id = retired and state = 'confirmed'
    ) then
        raise exception 'log % is not retired', retired;
    end if;
    delete from person_part
    where year = in_year and log_id = retired and entry_index >= low and entry_index < high and token <> all (keep);
    get diagnostics gone = row_count;
    return gone;
end $$;
revoke all on function thin_parts(bigint, smallint, bigint, bigint, bytea[]) from public;
grant execute on function thin_parts(bigint, smallint, bigint, bigint, bytea[]) to audit;
grant select, insert, update on retirement, retired_log to audit;
