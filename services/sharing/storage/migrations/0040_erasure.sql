-- A person who is erased: what the cases say of them is emptied. That something was decided and sent, by whom and on which rule, stays.

create table erased_subject (
    subject_id uuid primary key,
    erasure_id uuid not null,
    erased_at timestamptz not null,
    destroyed jsonb not null                  -- how many of each kind
);

grant select, insert on erased_subject to sharing;
grant update (child_ref) on child_case to sharing;
grant update (attested, judgements) on permit_item to sharing;
