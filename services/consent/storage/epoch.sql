-- name: raise_epoch
update feed set epoch = greatest(epoch + 1, $1::bigint, $2::bigint + 1) returning epoch
