-- An organisation that is switched off speaks through no system: the callout ends its open connections at its next look.

create or replace view connected_system as   -- whoever has no grant in force, was revoked, or is switched off, is not let in
    select s.issuer, s.client_id, s.organisation, least(s.valid_until, g.valid_until) as valid_until, s.revoked_at,
        greatest(s.valid_from, g.valid_from) as valid_from
    from system_client s
    join access_grant g on g.organisation = s.organisation and g.role = 'system' and g.revoked_at is null
        and g.principal = s.issuer || ' ' || s.client_id
    where not exists (select from kill_switch k where k.kind = 'organisation' and k.value = s.organisation);
