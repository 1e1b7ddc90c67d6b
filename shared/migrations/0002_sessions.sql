-- Logins of people: what a browser holds is random and stands here only as its SHA-256.

create table login_attempt (                 -- from the redirect to the provider until the answer, once
    state_hash bytea primary key,
    browser_hash bytea not null,             -- the answer must come to the browser that asked
    nonce text not null,
    code_verifier text not null,             -- never in a cookie (RFC 7636; Ena)
    return_to text not null,
    is_strong boolean not null,              -- one of the accepted acr values was asked for as essential
    max_age_seconds integer,
    begun_at timestamptz not null
);
create index login_attempt_begun on login_attempt (begun_at);

create table session (
    id_hash bytea primary key,
    issuer text not null,
    subject text not null,
    sid text,                                -- the provider's session, for back-channel logout
    organisation text,
    acr text,
    authenticated_at timestamptz not null,
    scopes text[] not null,
    person_id text,                          -- consent only; never a personal number
    began_at timestamptz not null,
    seen_at timestamptz not null,
    ends_at timestamptz not null
);
create index session_login on session (issuer, sid);
create index session_person on session (issuer, subject);
create index session_ends on session (ends_at);

create table ended_login (                   -- access tokens of these logins are refused until they have run out by themselves
    issuer text not null,
    sid text not null,
    until_at timestamptz not null,
    primary key (issuer, sid)
);

create table logout_token (                  -- each is used once, in all replicas together
    issuer text not null,
    jti text not null,
    until_at timestamptz not null,
    primary key (issuer, jti)
);

grant select, insert, delete on login_attempt, logout_token to house;
grant select, insert, update, delete on session, ended_login to house;
