"""The holder takes an item back: it was wrong, went to the wrong place, or is replaced. A correction is this and a new item."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from services.sharing.domain.duties import DutyKind
from services.sharing.domain.outcomes import Hidden
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import DeliveryView
from services.sharing.storage import deliveries, duties
from services.sharing.usecases.find_case import find_case
from services.sharing.usecases.owe_duty import owe_deletion
from services.sharing.usecases.record import hide, record
from shared import outbox
from shared.auth import Caller
from shared.contracts.sharing import DeliveryStopped
from shared.database import Connection


class WithdrawReason(StrEnum):
    """Why it is taken back."""

    INCORRECT = "incorrect"
    REPLACED = "replaced"
    WRONG_CHILD = "wrong-child"
    WRONG_RECIPIENT = "wrong-recipient"
    NOT_NEEDED = "not-needed"


class WithdrawItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: WithdrawReason


async def withdraw_item(
    tx: Connection, caller: Caller, delivery_id: UUID, request: WithdrawItem, *, tables: Tables, now: datetime
) -> DeliveryView | Hidden:
    """From the commit on it is fetched no more, and whoever has it owes a receipt: deleted, or kept with the paragraph.

    Needs no more than a grant for the unit that holds it: stopping is never harder than sending. Again changes nothing.
    """
    delivery = await deliveries.find(tx, delivery_id)
    if delivery is None:
        return await hide(tx, caller, owner=None, now=now, object_id=delivery_id)
    found = await find_case(tx, caller, delivery.case_id, tables=tables, now=now, must_reach=True)
    if isinstance(found, Hidden):
        return found
    if delivery.discloser_unit not in found.units:
        return await hide(tx, caller, owner=delivery.discloser_organisation, now=now, object_id=delivery_id, case_id=delivery.case_id)
    await deliveries.lock(tx, delivery_id)
    held = await deliveries.find(tx, delivery_id)
    if held is not None and held.stopped_at is None:
        await deliveries.stop(tx, delivery_id, now=now, reason="withdrawn-by-holder")
        notice = DeliveryStopped(delivery_id=delivery_id, released=held.released)
        await outbox.notify(tx, held.recipient_organisation, notice, now=now)
        await owe_deletion(tx, held, now=now)
        await duties.end_about(tx, DutyKind.RECEIPT, delivery_id, by=caller.principal, now=now)
        await record(
            tx,
            caller,
            "delivery.withdrawn",
            now=now,
            subject=held.subject_id,
            unit=held.discloser_unit,
            reasons=(request.reason,),
            purpose=held.purpose,
            categories=(held.category,),
            case_id=held.case_id,
            object_id=delivery_id,
        )
    return DeliveryView(
        delivery_id=delivery_id, item_id=delivery.item_id, state="stopped", use_by=delivery.use_by, posted_at=delivery.posted_at
    )
