-- How long the model lets what is asked for hold: longer is never asked for again either. Asked before this: the old limit.

alter table request add column longest_months integer not null default 12 check (longest_months between 1 and 12);
