-- Where somebody at the unit answers when what is urgent is not fetched: a function's number, nobody's own.

alter table unit add column telephone text;
