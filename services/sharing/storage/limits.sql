-- name: count_act
with kinds as (
    select kind, value from unnest($3::text[], $4::text[]) as given(kind, value)
), seen as (
    insert into counted_child (day, kind, value, subject_id) select $1, kind, value, $5 from kinds
    on conflict do nothing returning kind, value
), acted as (
    insert into counted_act (hour, kind, value, lane, acts) select $2, kind, value, pg_backend_pid() % 16, 1 from kinds
    on conflict (hour, kind, value, lane) do update set acts = counted_act.acts + 1
    returning 1
)
select k.kind, k.value, exists (select 1 from seen s where s.kind = k.kind and s.value = k.value) as fresh,
    (select count(*) from counted_child c where c.day = $1 and c.kind = k.kind and c.value = k.value)
        + (select count(*) from seen s where s.kind = k.kind and s.value = k.value) as children,
    (select coalesce(sum(a.acts), 0) from counted_act a where a.hour = $2 and a.kind = k.kind and a.value = k.value) + 1 as acts,
    case k.kind when 'unit' then l.unit_children else l.person_children end as most_children,
    case k.kind when 'unit' then l.unit_acts else l.person_acts end as most_acts
from kinds k left join access_limit l on l.organisation = $6

-- name: uncount_child
delete from counted_child where day = $1 and kind = any($2::text[]) and value = any($3::text[]) and subject_id = $4

-- name: is_lifted
select exists (select 1 from limit_lift where organisation = $1 and kind = $2 and value = $3 and day = $4)

-- name: save_lift
insert into limit_lift (organisation, kind, value, day, reason, lifted_by, lifted_at) values ($1, $2, $3, $4, $5, $6, $7)
on conflict do nothing returning day

-- name: lifts_of
select organisation, kind, value, day, reason, lifted_by, lifted_at from limit_lift
where organisation = $1 order by day desc, kind, value limit 100

-- name: alarm_once
insert into limit_alarm (day, kind, value, organisation, alarmed_at) values ($1, $2, $3, $4, $5)
on conflict do nothing returning day

-- name: find_limits
select organisation, unit_children, person_children, unit_acts, person_acts from access_limit where organisation = $1

-- name: save_limits
insert into access_limit (organisation, unit_children, person_children, unit_acts, person_acts) values ($1, $2, $3, $4, $5)
on conflict (organisation) do update set unit_children = excluded.unit_children, person_children = excluded.person_children,
    unit_acts = excluded.unit_acts, person_acts = excluded.person_acts

-- name: forget_children
delete from counted_child where day < $1

-- name: forget_acts
delete from counted_act where hour < $1
