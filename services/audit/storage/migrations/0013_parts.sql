-- A log that can go on no more (its database came back from a copy, its key was stolen) is followed by another part of the same year.

alter table log add part smallint not null default 1 check (part > 0);
alter table log drop constraint log_one_per_year, add constraint log_one_per_part unique (organisation, year, part);

alter table root_leaf add root_id bigint references log;   -- the root log has parts too
update root_leaf set root_id = (select log_id from log where organisation = '-root');
alter table root_leaf alter root_id set not null;
alter table root_leaf drop constraint root_leaf_pkey, add primary key (root_id, root_index);
alter table root_leaf drop constraint root_leaf_log_id_size_signed_at_key, add unique (root_id, log_id, size, signed_at);
