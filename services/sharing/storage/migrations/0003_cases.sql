-- Cases, decisions, permits, sealed deliveries. Codes and ids only; the cipher is the one thing here that says anything, to its reader.

create table child_case (
    case_id uuid primary key,
    organisation text not null references organisation,
    unit text not null references unit,
    subject_id uuid not null,
    child_ref uuid not null,                 -- the opening organisation's own reference
    model text not null,
    model_version integer not null,
    purpose text not null,
    opened_by text not null,
    opened_at timestamptz not null
);

create table case_party (
    case_id uuid not null references child_case,
    unit text not null references unit,
    organisation text not null references organisation,
    primary key (case_id, unit)
);

create table decision (
    decision_id uuid primary key,
    case_id uuid not null references child_case,
    decided_by text not null,
    decided_at timestamptz not null,
    rules text not null                      -- SHA-256 of the tables
);
create index decision_of_case on decision (case_id, decision_id);

create table decision_item (
    item_id uuid primary key,
    decision_id uuid not null references decision,
    place integer not null,
    discloser_unit text not null,
    recipient_unit text not null,
    purpose text not null,
    category text not null,
    about text not null,
    detail text not null,
    attested jsonb not null,
    judgements jsonb not null,
    answer text not null,
    label text not null,
    rule text,
    needs_consent boolean not null,
    reasons text[] not null,
    trace jsonb not null,
    entry_id uuid not null,                  -- no release before audit has it in its log
    declined_at timestamptz,
    declined_by text,
    decline_reason text,
    unique (decision_id, place)
);

create table consent_request (
    request_id uuid primary key,
    decision_id uuid not null references decision,
    discloser_unit text not null,
    asked_by text not null,
    asked_at timestamptz not null,
    until timestamptz not null,
    answer_by timestamptz not null,
    unique (decision_id, discloser_unit)
);

create table permit (
    permit_id uuid primary key,
    decision_id uuid not null references decision,
    case_id uuid not null references child_case,
    organisation text not null,              -- the discloser's
    recipient_unit text not null,
    confirmed_by text not null,
    confirmed_at timestamptz not null,
    expires_at timestamptz not null,
    entry_id uuid not null
);

create table permit_item (
    permit_id uuid not null references permit,
    item_id uuid not null references decision_item,
    use_by timestamptz not null,
    attested jsonb not null,                 -- as confirmed: the release is decided again from these
    judgements jsonb not null,
    needs_consent boolean not null,          -- by the path that carried the confirmed yes
    primary key (permit_id, item_id)
);

create table delivery (
    delivery_id uuid primary key,
    permit_id uuid not null,
    item_id uuid not null,
    kid text not null,
    sha256 bytea not null,
    cipher text,                             -- null once stopped or past its use-by
    schema text not null,
    recipient_child_ref uuid not null,
    posted_at timestamptz not null,
    stopped_at timestamptz,
    foreign key (permit_id, item_id) references permit_item,
    unique (permit_id, item_id)
);
create index delivery_of_item on delivery (item_id);
create index decision_item_of_row on decision_item (discloser_unit, recipient_unit, purpose, category, about);

create table release (                       -- each fetch is a new one
    release_id uuid primary key,
    delivery_id uuid not null references delivery,
    released_to text not null,
    released_at timestamptz not null,
    entry_id uuid not null
);
create index release_of_delivery on release (delivery_id);

create table receipt (
    receipt_id uuid primary key,
    delivery_id uuid not null references delivery,
    state text not null,
    reason text,
    jws text not null,
    received_at timestamptz not null,
    unique (delivery_id, state)
);

grant select, insert on child_case, case_party, decision, consent_request, permit, permit_item, release, receipt to sharing;
grant select, insert, update on decision_item, delivery to sharing;
