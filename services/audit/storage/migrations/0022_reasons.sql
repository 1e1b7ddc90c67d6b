-- A search by reason. Copied out of `stored`, as the other facts are, for the entries that are there already.

alter table entry_fact add column reasons text[] not null default '{}';

update entry_fact
set reasons = array(select jsonb_array_elements_text(convert_from(entry.stored, 'UTF8')::jsonb -> 'reasons'))
from entry
where (entry.year, entry.log_id, entry.entry_index) = (entry_fact.year, entry_fact.log_id, entry_fact.entry_index)
  and convert_from(entry.stored, 'UTF8')::jsonb ? 'reasons';
