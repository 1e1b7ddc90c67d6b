-- An emergency while consent's house is away finds the child by an organisation's own reference, and the other way round, without
-- reading every case, permit and delivery.

create index child_case_reference on child_case (organisation, child_ref);
create index delivery_reference on delivery (recipient_child_ref);
create index permit_of_case on permit (case_id);
