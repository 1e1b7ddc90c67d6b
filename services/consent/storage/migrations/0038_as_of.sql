-- What held at a past moment is read from the feed: the rows of one child as they became.

create index change_subject on change ((changed -> 'key' ->> 'subject_id'), position);
