create table loan (
    id uuid primary key,
    book text not null constraint loan_one_per_book unique,
    reader text not null,
    lent_at timestamptz not null
);

grant select, insert, delete on loan to house;
