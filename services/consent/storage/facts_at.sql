-- name: facts_at
select asked.place,
    (governed.changed ->> 'epoch')::bigint as epoch, (governed.changed ->> 'consent_id')::uuid as consent_id, governed.changed ->> 'state' as state,
    (governed.changed ->> 'revision')::bigint as revision, (governed.changed ->> 'valid_from')::timestamptz as valid_from,
    (governed.changed ->> 'valid_until')::timestamptz as valid_until, (governed.changed ->> 'withdrawn')::boolean as withdrawn,
    paused.until as paused_until,
    ended.void_at, ended.ending, ended.ended_at, ended.ended_round,
    round.request_id, round.asked_at, round.answer_by, round.last_day,
    judged.judgement_id, judged.maturity, judged.in_confidence, judged.secret_from, judged.last_day as judged_until,
    excused.guardians, excused.last_days
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[]) with ordinality
    as asked (subject_id, discloser_unit, recipient_unit, purpose, category, about, child_id, place)
left join lateral (
    select change.changed
    from change
    where change.changed -> 'key' ->> 'subject_id' = asked.subject_id::text
        and change.changed -> 'key' ->> 'discloser_unit' = asked.discloser_unit
        and change.changed -> 'key' ->> 'recipient_unit' = asked.recipient_unit
        and change.changed -> 'key' ->> 'purpose' = asked.purpose and change.changed -> 'key' ->> 'category' = asked.category
        and change.changed -> 'key' ->> 'about' = asked.about and change.changed_at <= $10
    order by change.position desc
    limit 1
) as governed on true
left join lateral (
    select max(pause.until) as until from pause
    where governed.changed is not null and pause.subject_id = asked.subject_id and pause.discloser_unit = asked.discloser_unit
        and pause.recipient_unit = asked.recipient_unit and pause.purpose = asked.purpose and pause.category = asked.category
        and pause.about = asked.about and pause.paused_at <= $10 and (pause.resumed_at is null or pause.resumed_at > $10)
) as paused on true
left join lateral (
    select max(stop.stopped_at) filter (where stop.ending = any($8::text[])) as void_at,
        (array_agg(stop.ending order by stop.stopped_at desc, stop.stop_id desc)
            filter (where stop.consent_id = (governed.changed ->> 'consent_id')::uuid))[1] as ending,
        max(stop.stopped_at) filter (where stop.consent_id = (governed.changed ->> 'consent_id')::uuid) as ended_at,
        (array_agg(consent_row.request_id order by stop.stopped_at desc, stop.stop_id desc)
            filter (where stop.consent_id = (governed.changed ->> 'consent_id')::uuid))[1] as ended_round
    from request_row
    join consent_row using (request_id, row_number)
    join stop on stop.consent_id = consent_row.consent_id and stop.row_number = consent_row.row_number
    where governed.changed is not null and request_row.subject_id = asked.subject_id
        and request_row.discloser_unit = asked.discloser_unit and request_row.recipient_unit = asked.recipient_unit
        and request_row.purpose = asked.purpose and request_row.category = asked.category and request_row.about = asked.about
        and (stop.stopped_at <= $10 or (stop.ending = 'struck-out' and stop.stopped_at <= $11
            and stop.consent_id = (governed.changed ->> 'consent_id')::uuid))
) as ended on true
left join lateral (
    select request.request_id, request.asked_at, request.answer_by,
        least(request.last_day, (
            select min(narrowing.last_day) from narrowing
            where narrowing.request_id = request.request_id and narrowing.narrowed_at <= $10
        )) as last_day
    from request_row join request using (request_id)
    where request_row.subject_id = asked.subject_id and request_row.discloser_unit = asked.discloser_unit
        and request_row.recipient_unit = asked.recipient_unit and request_row.purpose = asked.purpose
        and request_row.category = asked.category and request_row.about = asked.about and request.asked_at <= $10
    order by request.asked_at desc, request.request_id desc
    limit 1
) as round on true
left join lateral (
    select judgement.judgement_id, judgement.maturity, judgement.in_confidence, judgement.secret_from, judgement.last_day
    from judgement
    where judgement.child_id = asked.child_id and judgement.discloser_unit = asked.discloser_unit and judgement.purpose = asked.purpose
        and judgement.category = asked.category and (judgement.last_day is null or judgement.last_day >= $9)
        and judgement.judged_at <= $10
    order by judgement.judged_at desc, judgement.judgement_id desc
    limit 1
) as judged on true
left join lateral (
    select array_agg(found.guardian_id order by found.exception_id) as guardians, array_agg(found.last_day order by found.exception_id) as last_days
    from guardian_exception as found
    where found.child_id = asked.child_id and found.discloser_unit = asked.discloser_unit and found.purpose = asked.purpose
        and found.category = asked.category and found.confirmed_at <= $10 and (found.ended_at is null or found.ended_at > $10)
        and found.last_day >= $9
) as excused on true
order by asked.place

-- name: standings_at
select asked.place, said.request_id, said.person_id, said.choice, said.at, said.recorded_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) with ordinality
    as asked (subject_id, discloser_unit, recipient_unit, purpose, category, about, place)
join lateral (
    select answer.request_id, answer.person_id, answer.choice, answer.answered_at as at, answer.recorded_at
    from request_row join answer using (request_id, row_number)
    where request_row.subject_id = asked.subject_id and request_row.discloser_unit = asked.discloser_unit
        and request_row.recipient_unit = asked.recipient_unit and request_row.purpose = asked.purpose
        and request_row.category = asked.category and request_row.about = asked.about
        and answer.answered_at <= $7 and answer.recorded_at <= $8
    union all
    select null, stop.person_id, 'withdrawn', stop.stopped_at, stop.stopped_at
    from request_row
    join consent_row using (request_id, row_number)
    join stop on stop.consent_id = consent_row.consent_id and stop.row_number = consent_row.row_number
    where request_row.subject_id = asked.subject_id and request_row.discloser_unit = asked.discloser_unit
        and request_row.recipient_unit = asked.recipient_unit and request_row.purpose = asked.purpose
        and request_row.category = asked.category and request_row.about = asked.about
        and stop.person_id is not null and stop.ending = 'withdrawn' and stop.stopped_at <= $7
) as said on true
order by asked.place, said.at, said.recorded_at
