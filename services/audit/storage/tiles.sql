-- name: insert_tile
insert into tile (log_id, level, n, hashes, root) values ($1, $2, $3, $4, $5)

-- name: read_tiles
select level, n, hashes from tile
where log_id = $1 and (level, n) in (select * from unnest($2::smallint[], $3::bigint[]))

-- name: tile_roots
select n, root from tile where log_id = $1 and level = $2 and n >= $3 and n < $4 order by n
