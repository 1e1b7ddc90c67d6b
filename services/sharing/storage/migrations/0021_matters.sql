-- What one unit asks of another and has to be answered by a day; and everything that somebody must do by a day. Ids and codes.

create table matter (
    matter_id uuid primary key,
    kind text not null,
    case_id uuid references child_case,      -- null: a consultation is about nobody (outside secrecy, OSL 26 and 25 do not reach it)
    from_organisation text not null references organisation,
    from_unit text not null references unit,
    to_organisation text not null references organisation,
    to_unit text not null references unit,
    categories text[] not null,
    sent_by text not null,
    sent_at timestamptz not null,
    answer_by timestamptz not null,
    received_at timestamptz,                 -- a report of concern is confirmed before it is answered
    answer text,
    answered_by text,
    answered_at timestamptz,
    constraint matter_about_somebody check ((case_id is null) = (kind = 'consultation'))
);
create index matter_of_case on matter (case_id, matter_id);
create index matter_from on matter (from_unit, matter_id desc);
create index matter_to on matter (to_unit, matter_id desc);

create table duty (
    duty_id uuid primary key,
    kind text not null,
    organisation text not null references organisation,
    unit text not null references unit,
    role text not null,                      -- whom it goes to when it is overdue
    case_id uuid references child_case,
    object_id uuid not null,                 -- the matter, delivery or case that it is about
    route text,                              -- stopped when it is long overdue
    made_at timestamptz not null,
    due_at timestamptz not null,
    raised_at timestamptz,
    stopped_at timestamptz,
    done_at timestamptz,
    done_by text,
    proof uuid,                              -- the signed receipt
    constraint duty_once unique (kind, object_id, organisation)
);
create index duty_due on duty (due_at) where done_at is null and raised_at is null;
create index duty_long_overdue on duty (due_at) where done_at is null and stopped_at is null and route is not null;
create index duty_of_unit on duty (unit, due_at) where done_at is null;
create index delivery_with_cipher on delivery (posted_at) where cipher is not null;

grant select, insert, update on matter, duty to sharing;
