-- Emergencies that nobody has followed up are looked for every half minute (audit.md A42): among their own flags, which are few.
create index flag_glass on flag (log_id, entry_index) where rule = 'break-glass';
