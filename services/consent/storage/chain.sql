-- name: list_links
select position, changed, link from change where position > $1 order by position limit $2

-- name: get_head
select position, head from feed

-- name: anchor
update feed set anchored = position where position > anchored and head is not null returning position, head
