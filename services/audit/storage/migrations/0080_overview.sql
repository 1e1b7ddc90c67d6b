-- The officer's first page counts a few weeks: entries lie nearly in the order of their time, so a block range is enough.
create index entry_fact_at on entry_fact using brin (at);
