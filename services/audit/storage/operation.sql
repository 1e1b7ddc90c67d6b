-- name: late_reviews
select count(*) from review_plan
where due < $1
  and (drawn_at is null or exists (select from review_item where review_item.plan_id = review_plan.plan_id and state <> 'signed'))

-- name: scrubbed_least
select count(*) as logs, count(*) filter (where whole_at is null) as never, min(whole_at) as oldest from scrub
