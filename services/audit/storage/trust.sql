-- name: last_trust
select version, note, signed_at from trust order by version desc limit 1

-- name: insert_trust
insert into trust (version, note, signed_at) values ($1, $2, $3)

-- name: missing_trust
select version, note, signed_at from trust
where not exists (select 1 from trust_leaf where trust_leaf.root_id = $1 and trust_leaf.version = trust.version)
order by version
limit $2

-- name: insert_trust_leaves
insert into trust_leaf (root_id, root_index, version) select $1, root_index, version from unnest($2::bigint[], $3::int[]) as t (root_index, version)

-- name: find_trust_leaf
select trust_leaf.root_index, trust.note, trust.version from trust_leaf join trust using (version)
where trust_leaf.root_id = $1 and trust_leaf.root_index < $2
order by version desc
limit 1
