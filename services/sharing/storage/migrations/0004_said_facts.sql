-- What whoever asked said of an item besides ticks and judgements: the release is decided from the same facts.

alter table decision_item add column said jsonb not null default '{}';
