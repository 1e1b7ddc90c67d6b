"""Keep what a recipient confirms, proven by its organisation's signature, and tell the discloser."""

from datetime import datetime

import msgspec

from services.sharing.domain.cases import Delivery
from services.sharing.domain.duties import DutyKind
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.receipts import Receipt, ReceiptState, fault_of, read
from services.sharing.domain.views import ReceiptView
from services.sharing.storage import deliveries, duties, register
from services.sharing.usecases.authorise import grants_now
from services.sharing.usecases.make_package import deliver_once
from services.sharing.usecases.record import deny, hide, record
from shared import outbox
from shared.auth import Caller
from shared.contracts.sharing import ReceiptStored
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id


class StoreReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One compact JWS, see README."""

    receipt: str


async def store_receipt(tx: Connection, caller: Caller, request: StoreReceipt, *, now: datetime) -> ReceiptView | Denied | Hidden:
    """The receipt as stored, with notice and entry in the outbox; the same state again changes nothing.

    Raises Invalid when none of the caller's organisation's keys in force has signed it.
    """
    switches = await register.thrown_switches(tx)
    keys = [] if caller.organisation is None else await register.signing_keys_of(tx, caller.organisation)
    said = read(request.receipt, (key for key in keys if ("key", key.kid) not in switches), now=now)
    if said is None:
        raise Invalid("receipt-not-authentic", faults=[Fault("#/receipt", "no key in force of the organisation has signed it")])
    delivery = await deliveries.find(tx, said.delivery)
    held = await grants_now(tx, caller, now=now)
    if delivery is None or delivery.recipient_organisation != caller.organisation or not held:
        owner = None if delivery is None else delivery.discloser_organisation
        return await hide(tx, caller, owner=owner, now=now, object_id=said.delivery)
    await deliveries.lock(tx, delivery.delivery_id)
    known = await deliveries.find_receipt(tx, delivery.delivery_id, said.state)
    if known is not None:
        return ReceiptView(delivery_id=known.delivery_id, state=known.state, received_at=known.received_at)
    fault = fault_of(said, released=delivery.released, stopped=delivery.stopped_at is not None)
    if fault is not None:
        return await deny(
            tx,
            caller,
            "receipt.stored",
            "receipt-does-not-fit",
            now=now,
            reasons=(fault,),
            case_id=delivery.case_id,
            object_id=delivery.delivery_id,
            unit=delivery.recipient_unit,
            subject=delivery.subject_id,
        )
    receipt = Receipt(
        receipt_id=new_id(now),
        delivery_id=delivery.delivery_id,
        state=said.state,
        reason=said.reason or said.paragraph,
        jws=request.receipt,
        received_at=now,
    )
    await deliveries.save_receipt(tx, receipt)
    await _follow(tx, caller, delivery, receipt, now=now)
    notice = ReceiptStored(delivery_id=delivery.delivery_id, state=said.state, at=now)
    await outbox.notify(tx, delivery.discloser_organisation, notice, now=now)
    await record(
        tx,
        caller,
        "receipt.stored",
        now=now,
        subject=delivery.subject_id,
        unit=delivery.recipient_unit,
        reasons=(said.state, *(() if receipt.reason is None else (receipt.reason,))),
        purpose=delivery.purpose,
        categories=(delivery.category,),
        case_id=delivery.case_id,
        object_id=delivery.delivery_id,
    )
    return ReceiptView(delivery_id=receipt.delivery_id, state=receipt.state, received_at=now)


async def _follow(tx: Connection, caller: Caller, delivery: Delivery, receipt: Receipt, *, now: datetime) -> None:
    """What the receipt ends: a package's cipher, the wait for it, the duty to say what became of what was stopped."""
    proof = receipt.receipt_id
    await duties.end_about(tx, DutyKind.RECEIPT, delivery.delivery_id, by=caller.principal, now=now, proof=proof)
    if receipt.state is ReceiptState.STORED:
        await deliver_once(tx, delivery, now=now)
    if receipt.state in {ReceiptState.DELETED, ReceiptState.KEPT}:
        await duties.end_about(tx, DutyKind.DELETE_RECEIPT, delivery.delivery_id, by=caller.principal, now=now, proof=proof)
