-- How long what has done its work is kept: words that were sent or given up, disclosures, and questions that nobody's yes ever came of.

create index push_done on push (coalesce(sent_at, dead_at)) where sent_at is not null or dead_at is not null;
create index push_given_up on push (dead_at) where dead_at is not null;
create index disclosure_noted on disclosure (noted_at);
grant delete on push to consent;

-- The house itself cannot remove what was told or asked; past its period this can, and nothing that a consent came of.
create function retire_disclosures(before timestamptz, at_once integer) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    old uuid[];
begin
    select array_agg(disclosure_id) into old
    from (select disclosure_id from disclosure where noted_at < before order by noted_at limit at_once) found;
    delete from tell_hold where disclosure_id = any(old);
    delete from disclosure where disclosure_id = any(old);
    return coalesce(cardinality(old), 0);
end $$;

create function retire_requests(before date, at_once integer) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    old uuid[];
begin
    select array_agg(request_id) into old from (
        select request_id from request
        where last_day < before
            and not exists (select from consent where consent.request_id = request.request_id)
            and not exists (select from renewal where renewal.renews = request.request_id)
        order by last_day, request_id limit at_once for update skip locked
    ) found;
    delete from receipt where request_id = any(old);
    delete from answer where request_id = any(old);
    delete from recorded_row using recorded_answer as held
    where recorded_row.recording_id = held.recording_id and held.request_id = any(old);
    delete from recorded_answer where request_id = any(old);
    delete from served where request_id = any(old);
    delete from notice where request_id = any(old);
    delete from task where request_id = any(old);
    delete from narrowing where request_id = any(old);
    delete from renewal where request_id = any(old);
    delete from request_row where request_id = any(old);
    delete from request where request_id = any(old);
    return coalesce(cardinality(old), 0);
end $$;
revoke all on function retire_disclosures(timestamptz, integer), retire_requests(date, integer) from public;
grant execute on function retire_disclosures(timestamptz, integer), retire_requests(date, integer) to consent;
