-- What has done its work goes when its period is over: notices, and tasks that were closed.

create index notice_noted on notice (noted_at);
create index task_closed on task (closed_at) where closed_at is not null;
grant delete on notice, task to consent;
