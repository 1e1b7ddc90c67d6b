"""Show a case to somebody who takes part in it: a reading of personal data, with its entry."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.cases import Delivery
from services.sharing.domain.outcomes import Hidden, NotYet
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import CaseRead, DeliveryView, ReceiptView
from services.sharing.storage import cases, deliveries, matters, steering
from services.sharing.usecases.decide_items import view_decision
from services.sharing.usecases.fetch_item import AUDIT_BEHIND
from services.sharing.usecases.find_case import find_case
from services.sharing.usecases.open_case import view_case
from services.sharing.usecases.record import record
from services.sharing.usecases.steer_case import view_steering
from shared import outbox
from shared.auth import Caller
from shared.database import Connection


async def read_case(tx: Connection, caller: Caller, case_id: UUID, *, tables: Tables, now: datetime) -> CaseRead | Hidden | NotYet:
    """The case with the decisions of the units the caller may act for, and what its organisation sends or receives."""
    opened = await find_case(tx, caller, case_id, tables=tables, now=now)
    if isinstance(opened, Hidden):
        return opened
    case = opened.case
    oldest = await outbox.oldest_entry(tx, caller.organisation or case.organisation)
    behind = oldest is not None and oldest < now - AUDIT_BEHIND
    await record(
        tx,
        caller,
        "case.read",
        now=now,
        subject=case.subject_id,
        unit=opened.units[0],
        answer="refused" if behind else "done",
        reasons=("audit-unavailable",) if behind else (),
        purpose=case.purpose,
        model=case.model,
        case_id=case_id,
        object_id=case_id,
    )
    if behind:
        return NotYet(code="audit-unavailable")
    decisions = await cases.decisions_of(tx, case_id)
    items = [
        item for item in await cases.items_of(tx, [decision.decision_id for decision in decisions]) if item.discloser_unit in opened.units
    ]
    seen = [
        delivery
        for delivery in await deliveries.of_case(tx, case_id)
        if delivery.discloser_unit in opened.units or delivery.recipient_unit in opened.units
    ]
    ids = {delivery.delivery_id for delivery in seen}
    return CaseRead(
        **msgspec.structs.asdict(view_case(case, [party.unit for party in opened.parties], caller)),
        decisions=tuple(
            view_decision(decision, [item for item in items if item.decision_id == decision.decision_id], tables)
            for decision in decisions
            if any(item.decision_id == decision.decision_id for item in items)
        ),
        deliveries=tuple(_view(delivery) for delivery in seen),
        receipts=tuple(
            ReceiptView(delivery_id=receipt.delivery_id, state=receipt.state, received_at=receipt.received_at)
            for receipt in await deliveries.receipts_of_case(tx, case_id)
            if receipt.delivery_id in ids
        ),
        steering=view_steering(await steering.find(tx, case_id), caller) if case.organisation == caller.organisation else None,
        matters=tuple(await matters.of_case(tx, case_id, opened.units)),
    )


def _view(delivery: Delivery) -> DeliveryView:
    state = "stopped" if delivery.stopped_at is not None else "released" if delivery.released else "waiting"
    return DeliveryView(
        delivery_id=delivery.delivery_id, item_id=delivery.item_id, state=state, use_by=delivery.use_by, posted_at=delivery.posted_at
    )
