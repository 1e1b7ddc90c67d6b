-- Erasing a person: decided by two, and done when every house has answered. What proves that something happened stays.

create table erasure (
    erasure_id uuid primary key,
    person_id uuid not null references person,
    reason text not null check (reason in ('request', 'retention', 'mistake')),
    decided_by text not null,
    decided_at timestamptz not null,
    confirmed_by text,
    confirmed_at timestamptz,
    constraint erasure_by_two check (confirmed_by is distinct from decided_by),
    constraint erasure_confirmed check ((confirmed_by is null) = (confirmed_at is null))
);
create unique index erasure_once on erasure (person_id);

create table erasure_answer (
    erasure_id uuid not null references erasure,
    house text not null check (house in ('consent', 'sharing', 'audit')),
    destroyed jsonb not null,                 -- how many of each kind
    answered_at timestamptz not null,
    primary key (erasure_id, house)
);

alter table stop drop constraint stop_ending_check;
alter table stop add constraint stop_ending_check
    check (ending in ('withdrawn', 'refused', 'custody', 'protected', 'ended', 'struck-out', 'adult', 'erased'));

grant select, insert on erasure, erasure_answer to consent;
grant update (confirmed_by, confirmed_at) on erasure to consent;

-- The house itself cannot remove what has been said; for a person in the ledger this can, and nothing else of anybody's.
create function erase_person(erased uuid) returns jsonb language plpgsql security definer set search_path = public, keystore, pg_temp as $$
declare
    child uuid;
    gone jsonb := '{}';
    number bigint;
begin
    select person_id into strict child from keystore.erasure where erasure_id = erased;
    delete from child_ref where person_id = child;
    get diagnostics number = row_count; gone := gone || jsonb_build_object('references', number);
    delete from notice where person_id = child or request_id in (select request_id from request where child_id = child);
    get diagnostics number = row_count; gone := gone || jsonb_build_object('notices', number);
    delete from task where request_id in (select request_id from request where child_id = child);
    get diagnostics number = row_count; gone := gone || jsonb_build_object('tasks', number);
    delete from tell_hold where disclosure_id in
        (select disclosure_id from disclosure join person using (subject_id) where person.person_id = child);
    delete from disclosure where subject_id = (select subject_id from person where person_id = child);
    get diagnostics number = row_count; gone := gone || jsonb_build_object('disclosures', number);
    delete from judgement where child_id = child;
    get diagnostics number = row_count; gone := gone || jsonb_build_object('judgements', number);
    delete from custody_guardian where statement_id in (select statement_id from custody_statement where child_id = child);
    delete from custody_statement where child_id = child;
    get diagnostics number = row_count; gone := gone || jsonb_build_object('custody-statements', number);
    delete from session where session.person_id = child::text;
    get diagnostics number = row_count; gone := gone || jsonb_build_object('sessions', number);
    delete from register_check where person_id = child;
    delete from person_login where person_id = child;
    get diagnostics number = row_count; gone := gone || jsonb_build_object('logins', number);
    delete from keystore.person_key where person_id = child;
    get diagnostics number = row_count; gone := gone || jsonb_build_object('keys', number);
    -- a later naming of the same number is somebody new; what has been answered keeps pointing at a person that nobody can name
    update person set lookup = decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'),
        number_sealed = '', name_sealed = null, protected = false, own_key = true,
        erased_at = (select erased_at from keystore.erasure where erasure_id = erased)
    where person_id = child;
    return gone;
end $$;
revoke all on function erase_person(uuid) from public;
grant execute on function erase_person(uuid) to consent;
