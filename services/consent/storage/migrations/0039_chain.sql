-- Each row of the feed carries the hash of itself and the one before: a link that is cut or changed shows (F04).

alter table change add column link bytea;     -- null: from before the chain
alter table feed add column head bytea;       -- the link of the last row
alter table feed add column anchored bigint not null default 0;  -- up to which position the audit log knows the head
