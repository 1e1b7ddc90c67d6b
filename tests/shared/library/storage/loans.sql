-- name: add_loan
insert into loan (id, book, reader, lent_at)
values ($1, $2, $3, $4)

-- name: select_loan
select id, book, reader, lent_at
from loan
where id = $1
