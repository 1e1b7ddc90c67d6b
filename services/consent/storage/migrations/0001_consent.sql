-- Identity, custody, requests, answers, and the rows that consents govern. State is computed, never stored.

create table person (
    person_id uuid primary key,
    subject_id uuid not null unique,          -- random; the other houses know only this
    lookup bytea not null constraint person_lookup_once unique,  -- HMAC-SHA-256 of the number under a key outside the database
    number_sealed bytea not null,             -- AES-256-GCM, the row's id and the field as associated data
    name_sealed bytea,
    protected boolean not null default false, -- handling only, never a reason
    created_at timestamptz not null
);

create table child_ref (                      -- random for each child and organisation, made on first use
    child_ref uuid primary key,
    organisation text not null,
    person_id uuid not null references person,
    created_at timestamptz not null,
    constraint child_ref_once unique (organisation, person_id)
);

create table custody_statement (              -- the whole picture as one source gives it; never changed
    statement_id uuid primary key,
    child_id uuid not null references person,
    rank text not null check (rank in ('register', 'document', 'staff')),
    organisation text not null,               -- empty for the register
    stated_by text not null,
    second text,                              -- who else has verified a document
    document text,                            -- its number at the court or board
    stated_at timestamptz not null,
    first_day date not null,
    last_day date,
    care_order boolean not null
);
create index custody_statement_child on custody_statement (child_id);

create table custody_guardian (
    statement_id uuid not null references custody_statement,
    person_id uuid not null references person,
    custody text not null check (custody in ('joint', 'sole', 'appointed', 'temporary', 'god-man')),
    primary key (statement_id, person_id)
);
create index custody_guardian_person on custody_guardian (person_id);

create table judgement (                      -- a named professional's view of a child's maturity for one question
    judgement_id uuid primary key,
    child_id uuid not null references person,
    discloser_unit text not null,
    purpose text not null,
    category text not null,
    maturity text check (maturity in ('child-alone', 'joint', 'guardians')),
    in_confidence boolean not null,
    secret_from uuid[] not null,              -- guardians against whom it is secret, OSL 12:3 p. 1
    judged_by text not null,
    judged_at timestamptz not null,
    last_day date
);
create index judgement_question on judgement (child_id, discloser_unit, purpose, category);

create table text_version (                   -- an old version can be read for ever
    sha256 bytea primary key,
    text_id text not null,
    version integer not null,
    body jsonb not null,
    first_used_at timestamptz not null
);

create table request (
    request_id uuid primary key,
    case_id uuid not null,
    child_id uuid not null references person,
    organisation text not null,
    discloser_unit text not null,
    regime text not null,                     -- of the unit when it asked
    model text not null,
    text_sha256 bytea not null references text_version,
    asked_at timestamptz not null,
    answer_by timestamptz not null,
    last_day date not null
);
create index request_child on request (child_id);

create table request_row (
    request_id uuid not null references request,
    row_number integer not null,
    subject_id uuid not null,
    discloser_unit text not null,
    recipient_unit text not null,
    purpose text not null,
    category text not null,
    about text not null,
    primary key (request_id, row_number)
);
create index request_row_key on request_row (subject_id, discloser_unit, recipient_unit, purpose, category, about);

create table served (                         -- what was shown, before any answer
    served_id uuid primary key,
    request_id uuid not null references request,
    person_id uuid not null references person,
    text_sha256 bytea not null references text_version,
    language text not null,
    rendering text not null,
    shown_sha256 bytea not null,              -- of the very bytes shown
    served_at timestamptz not null
);

create table answer (                         -- immutable: one for each signer, row and round
    answer_id uuid primary key,
    request_id uuid not null,
    row_number integer not null,
    person_id uuid not null references person,
    choice text not null check (choice in ('yes', 'no', 'wants-to-talk')),
    way text not null check (way in ('e-identity')),
    issuer text not null,
    acr text not null,
    authenticated_at timestamptz,
    served_id uuid not null references served,
    answered_at timestamptz not null,
    recorded_at timestamptz not null,
    foreign key (request_id, row_number) references request_row
);
create index answer_row on answer (request_id, row_number);

create table consent (                        -- giving anew is a new id
    consent_id uuid primary key,
    request_id uuid not null references request,
    given_at timestamptz not null
);
create index consent_request on consent (request_id);

create table consent_row (
    consent_id uuid not null references consent,
    row_number integer not null,
    request_id uuid not null,
    given_by uuid[] not null,                 -- whose yes was required and there
    given_at timestamptz not null,
    primary key (consent_id, row_number),
    foreign key (request_id, row_number) references request_row
);

create table stop (                           -- a row of a consent that has ended before its time; never changed
    stop_id uuid primary key,
    consent_id uuid not null,
    row_number integer not null,
    person_id uuid references person,         -- who withdrew; null when a fact ended it
    ending text not null check (ending in ('withdrawn', 'refused', 'custody', 'protected')),
    stopped_at timestamptz not null,
    foreign key (consent_id, row_number) references consent_row
);
create index stop_row on stop (consent_id, row_number);

create table governing_row (                  -- at most one consent governs a row
    subject_id uuid not null,
    discloser_unit text not null,
    recipient_unit text not null,
    purpose text not null,
    category text not null,
    about text not null,
    consent_id uuid references consent,       -- null: the key is locked, nothing has governed it yet
    state text not null check (state in ('given', 'stopped')),
    revision bigint not null,
    valid_from timestamptz,
    valid_until timestamptz,
    withdrawn boolean not null,
    constraint consent_governs_row primary key (subject_id, discloser_unit, recipient_unit, purpose, category, about)
);
create index governing_row_consent on governing_row (consent_id);

create table feed (                           -- one row: updated last in each transaction that changes rows, so positions have no gap
    one boolean primary key default true check (one),
    epoch bigint not null,                    -- when this database was made or restored, seconds since 1970
    position bigint not null
);
insert into feed (epoch, position) values (extract(epoch from clock_timestamp())::bigint, 0);

create table change (                         -- the feed: the rows as they became, oldest first
    position bigint primary key,
    changed jsonb not null,
    changed_at timestamptz not null
);

create table barrier (                        -- what sharing has still to confirm as stopped
    consent_id uuid not null references consent,
    revision bigint not null,
    changed jsonb not null,
    asked_at timestamptz not null,
    stopped_at timestamptz,
    primary key (consent_id, revision)
);
create index barrier_open on barrier (asked_at) where stopped_at is null;

create table organisation_seen (
    organisation text primary key,
    display_name text not null,
    systems text[] not null,
    revision integer not null
);

create table unit_seen (
    unit text primary key,
    organisation text not null references organisation_seen,
    name text not null,
    regime text not null
);

create table grant_seen (
    grant_id uuid primary key,
    organisation text not null,
    unit text,
    principal text not null,
    role text not null,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    revoked_at timestamptz,
    revision integer not null
);
create index grant_seen_principal on grant_seen (principal, organisation);

grant select, insert on child_ref, custody_statement, custody_guardian, judgement, text_version, request, request_row, served, answer,
    consent, consent_row, stop, change to consent;
grant select, insert, update on person, governing_row, barrier, organisation_seen, grant_seen to consent;
grant select, insert, update, delete on unit_seen to consent;
grant select, update on feed to consent;
