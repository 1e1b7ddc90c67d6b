-- What a receipt says of one act of one person, as codes. Names and words are added, and the whole signed, when the person reads it.

create table receipt (
    receipt_id uuid primary key,
    person_id uuid not null references person,
    request_id uuid not null references request,
    consent_id uuid references consent,       -- of a withdrawal
    act text not null check (act in ('answer', 'withdrawal')),
    row_numbers integer[] not null,
    choices text[] not null,                  -- one for each row
    way text not null,
    issuer text not null,
    acr text not null,
    authenticated_at timestamptz,
    served_id uuid references served,         -- what was shown before an answer
    acted_at timestamptz not null,
    constraint receipt_rows check (cardinality(row_numbers) = cardinality(choices) and cardinality(choices) > 0)
);
create index receipt_person on receipt (person_id, acted_at);

grant select, insert on receipt to consent;
