-- A search by reason. Copied out of `stored`, as the other facts are, for the entries that are there already.
-- The root log's rows are hashes and no JSON: they are left out before anything is read.

alter table entry_fact add column reasons text[] not null default '{}';

with said as materialized (
    select entry.year, entry.log_id, entry.entry_index, entry.stored
    from entry join log using (log_id)
    where log.organisation <> '-root'
)
update entry_fact
set reasons = array(select jsonb_array_elements_text(convert_from(said.stored, 'UTF8')::jsonb -> 'reasons'))
from said
where (said.year, said.log_id, said.entry_index) = (entry_fact.year, entry_fact.log_id, entry_fact.entry_index)
  and convert_from(said.stored, 'UTF8')::jsonb ? 'reasons';
