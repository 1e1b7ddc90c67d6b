-- What came after the first erasure: recordings that nobody verified, who sat beside whom, against whom something was secret, how a person
-- was handled, and the child's references in what waits to be sent or answered again.

create or replace function erase_person(erased uuid) returns jsonb
language plpgsql security definer set search_path = public, keystore, pg_temp as $$
declare
    child uuid;
    named text[];                             -- by what the houses and the organisations know the person
    gone jsonb := '{}';
    number bigint;
begin
    select person_id into strict child from keystore.erasure where erasure_id = erased;
    select array_agg(child_ref::text) into named from child_ref where person_id = child;
    named := coalesce(named, '{}');
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
    update judgement set secret_from = array_remove(secret_from, child) where child = any(secret_from);
    delete from guardian_exception where child in (child_id, guardian_id);
    delete from custody_guardian where statement_id in (select statement_id from custody_statement where child_id = child);
    delete from custody_statement where child_id = child;
    get diagnostics number = row_count; gone := gone || jsonb_build_object('custody-statements', number);
    delete from recorded_row using recorded_answer as held
    where recorded_row.recording_id = held.recording_id and held.verified_at is null
        and (held.person_id = child or held.request_id in (select request_id from request where child_id = child))
        and not exists (select from answer where answer.recording_id = held.recording_id);
    delete from recorded_answer as held
    where held.verified_at is null
        and (held.person_id = child or held.request_id in (select request_id from request where child_id = child))
        and not exists (select from answer where answer.recording_id = held.recording_id);
    get diagnostics number = row_count; gone := gone || jsonb_build_object('recordings', number);
    update recorded_answer set together_with = null where together_with is not null and child in (person_id, together_with);
    delete from handling_barrier where person_id = child;
    delete from session where session.person_id = child::text;
    get diagnostics number = row_count; gone := gone || jsonb_build_object('sessions', number);
    delete from register_check where person_id = child;
    delete from idempotency where caller in (select principal from person_login where person_id = child)
        or exists (select from unnest(named) as name where position(convert_to(name, 'UTF8') in answer) > 0);
    delete from outbox where (organisation is not null or done_at is not null)  -- what another house has still to hear goes its way
        and exists (select from unnest(named) as name where position(convert_to(name, 'UTF8') in body) > 0);
    delete from dead_letter where exists (select from unnest(named) as name where position(convert_to(name, 'UTF8') in body) > 0);
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
