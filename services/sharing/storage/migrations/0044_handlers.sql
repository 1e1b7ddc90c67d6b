-- Who alone may know of somebody with protected identity, as consent has named them; null: everybody with a grant.

alter table handling add column handlers text[];
