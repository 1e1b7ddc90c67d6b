-- Whom an erasure concerned, as keyed hashes and for a short time: an entry of theirs that comes later gets no key of its own.

create table keystore.erased (
    lookup bytea primary key,                -- HMAC under a key outside the database, of role and identity, of no log
    erased_at timestamptz not null
);
create index erased_at on keystore.erased (erased_at);

alter table erasure add purged_at timestamptz;  -- when the streams were emptied of messages that may name the person

grant select, insert, delete on keystore.erased to audit;
grant update (purged_at) on erasure to audit;
