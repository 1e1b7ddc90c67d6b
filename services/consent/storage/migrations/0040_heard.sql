-- Who stood between somebody and their answer (an interpreter, a helper), and how a child was heard. Codes; an interpreter has no name here.

alter table recorded_answer add column interpreted_by text check (interpreted_by in ('in-room', 'by-telephone', 'by-video'));
alter table recorded_answer add column interpreted_to text check (interpreted_to ~ '^[a-z]{2,3}$');  -- ISO 639
alter table recorded_answer add column helper text check (helper in ('relative', 'staff', 'chosen'));
alter table recorded_answer add column heard_how text check (heard_how in ('own-words', 'supported', 'through-adult'));
alter table recorded_answer add column heard_by text;   -- the professional who talked with the child
alter table recorded_answer add constraint recorded_interpreted check ((interpreted_by is null) = (interpreted_to is null));
