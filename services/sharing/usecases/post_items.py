"""Take sealed items under a permit, one by one: what does not fit is refused with its reason, the rest begins to wait."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.cases import Case, DecisionItem, Permit, PermitItem
from services.sharing.domain.duties import DUTY_OFFICER, MANAGER, RECEIPT_WITHIN, DutyKind
from services.sharing.domain.envelope import ItemHeader, fits_size_class, mismatch, read_header
from services.sharing.domain.glass import by_necessity
from services.sharing.domain.matters import NEVER_STOPPED
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.packages import may_lie_in_it
from services.sharing.domain.register import UnitParty
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import PostedItem, PostedView
from services.sharing.storage import cases, deliveries, packages, register
from services.sharing.usecases.authorise import grants_now
from services.sharing.usecases.give_permit import bound_of
from services.sharing.usecases.judge_items import Learned, judge_item
from services.sharing.usecases.owe_duty import owe_duty
from services.sharing.usecases.record import hide, record
from shared import outbox
from shared.auth import Caller
from shared.contracts.sharing import DeliveryReady
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id
from shared.law.codes import Answer, Purpose

MOST_ITEMS = 40


class SealedItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One compact JWE, said to be this item of the permit."""

    item_id: UUID
    jwe: str


class PostItems(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ciphers under one permit."""

    permit_id: UUID
    items: tuple[SealedItem, ...]


class _Posting(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one call's items share."""

    case: Case
    permit: Permit
    confirmed: Mapping[UUID, PermitItem]
    recorded: Mapping[UUID, DecisionItem]
    posted: Mapping[UUID, tuple[UUID, bytes]]
    kids: frozenset[str]
    recipient: UnitParty
    child_ref: UUID
    is_held: bool
    """In a package, which waits for the family and is told of as a whole."""


async def post_items(
    tx: Connection,
    caller: Caller,
    request: PostItems,
    *,
    tables: Tables,
    learned: Learned,
    child_ref: UUID | None,
    trusted: bool,
    now: datetime,
) -> PostedView | Denied | Hidden:
    """What became of each cipher, with one entry each; the recipient's notice is in the outbox for those that were taken.

    A posting releases nothing: the fetch does. The same cipher again is the same delivery. `child_ref` is the recipient
    organisation's own reference. What cannot be seen here: whether the content is what it says (the recipient checks that).
    """
    if not 0 < len(request.items) <= MOST_ITEMS:
        raise Invalid("request-invalid", faults=[Fault("#/items", f"1 to {MOST_ITEMS} items")])
    permit = await deliveries.find_permit(tx, request.permit_id)
    held = await grants_now(tx, caller, now=now)
    case = None if permit is None else await cases.find(tx, permit.case_id)
    if permit is None or case is None or child_ref is None or permit.organisation != caller.organisation or not held:
        return await hide(tx, caller, owner=None if permit is None else permit.organisation, now=now, object_id=request.permit_id)
    confirmed = await deliveries.items_of_permit(tx, permit.permit_id)
    switches = await register.thrown_switches(tx)
    keys = await register.unit_keys_of(tx, permit.recipient_unit)
    posting = _Posting(
        case=case,
        permit=permit,
        confirmed=confirmed,
        recorded={item.item_id: item for item in await cases.find_items(tx, list(confirmed))},
        posted=await deliveries.posted_under(tx, permit.permit_id),
        kids=frozenset(key.kid for key in keys if key.is_in_force(now) and ("key", key.kid) not in switches),
        recipient=(await register.parties(tx, [permit.recipient_unit]))[permit.recipient_unit],
        child_ref=child_ref,
        is_held=await packages.of_permit(tx, permit.permit_id) is not None,
    )
    may_send = {item.discloser_unit for item in posting.recorded.values() if any(g.covers(item.discloser_unit, case.model) for g in held)}
    taken: dict[UUID, tuple[UUID, bytes]] = dict(posting.posted)
    answers = []
    for sealed in request.items:
        reason, header = _refusal(posting, sealed, taken, may_send, now=now)
        if reason is None and sealed.item_id not in taken:
            item, permitted = posting.recorded[sealed.item_id], posting.confirmed[sealed.item_id]
            asked = item.asked(permitted.attested, permitted.judgements)
            answer = await judge_item(tx, tables, case, asked, learned, now=now, trusted=trusted, decision_id=item.decision_id)
            answer = by_necessity(answer) if case.purpose is Purpose.EMERGENCY else answer
            goes = answer.answer is Answer.YES or (posting.is_held and may_lie_in_it(answer))
            reason = None if goes else answer.reasons[0]
        answers.append(await _settle(tx, caller, posting, sealed, header, reason, taken, now=now))
    return PostedView(items=tuple(answers))


def _refusal(
    posting: _Posting, sealed: SealedItem, taken: Mapping[UUID, tuple[UUID, bytes]], may_send: set[str], *, now: datetime
) -> tuple[str | None, ItemHeader | None]:
    """Why this cipher is not taken, before the rules are asked; and its header where it has one of ours."""
    permitted, item = posting.confirmed.get(sealed.item_id), posting.recorded.get(sealed.item_id)
    if permitted is None or item is None:
        return "not-in-permit", None
    header = read_header(sealed.jwe)
    if header is None:
        return "not-a-sealed-item", None
    if sealed.item_id in taken:
        return (None if taken[sealed.item_id][1] == _digest(sealed.jwe) else "already-posted"), header
    if item.discloser_unit not in may_send:
        return "no-grant-for-unit", header
    if posting.permit.expires_at <= now:
        return "permit-expired", header
    fits = fits_size_class(sealed.jwe)
    return (mismatch(header, bound_of(item, permitted), posting.kids, now=now) if fits else "wrong-size"), header


async def _settle(
    tx: Connection,
    caller: Caller,
    posting: _Posting,
    sealed: SealedItem,
    header: ItemHeader | None,
    reason: str | None,
    taken: dict[UUID, tuple[UUID, bytes]],
    *,
    now: datetime,
) -> PostedItem:
    """Store what was taken, and record what became of it. A repetition does neither."""
    if reason is None and sealed.item_id in taken:
        return PostedItem(item_id=sealed.item_id, accepted=True, delivery_id=taken[sealed.item_id][0])
    delivery_id = None
    if reason is None and header is not None:
        delivery_id = new_id(now)
        taken[sealed.item_id] = (delivery_id, _digest(sealed.jwe))
        await _wait(tx, posting, sealed, header, delivery_id, now=now)
    item = posting.recorded.get(sealed.item_id)
    await record(
        tx,
        caller,
        "item.posted",
        now=now,
        subject=posting.case.subject_id,
        unit=None if item is None else item.discloser_unit,
        answer="done" if delivery_id else "refused",
        reasons=() if reason is None else (reason,),
        purpose=posting.case.purpose,
        categories=() if item is None else (item.category,),
        model=posting.case.model,
        case_id=posting.case.case_id,
        object_id=delivery_id or posting.permit.permit_id,
    )
    return PostedItem(item_id=sealed.item_id, accepted=delivery_id is not None, delivery_id=delivery_id, reason=reason)


async def _wait(tx: Connection, posting: _Posting, sealed: SealedItem, header: ItemHeader, delivery_id: UUID, *, now: datetime) -> None:
    item, permitted = posting.recorded[sealed.item_id], posting.confirmed[sealed.item_id]
    await deliveries.save(
        tx,
        delivery_id,
        permitted,
        kid=header.kid,
        sha256=_digest(sealed.jwe),
        cipher=sealed.jwe,
        schema=header.schema,
        recipient_child_ref=posting.child_ref,
        now=now,
    )
    if posting.is_held:
        return
    notice = DeliveryReady(
        delivery_id=delivery_id,
        case_id=posting.case.case_id,
        child_ref=posting.child_ref,
        discloser_unit=item.discloser_unit,
        recipient_unit=item.recipient_unit,
        category=item.category,
        purpose=item.purpose,
        use_by=permitted.use_by,
    )
    await outbox.notify(tx, posting.recipient.organisation, notice, now=now)
    if posting.case.purpose in NEVER_STOPPED:
        await _expect_receipt(tx, posting, item, delivery_id, now=now)


async def _expect_receipt(tx: Connection, posting: _Posting, item: DecisionItem, delivery_id: UUID, *, now: datetime) -> None:
    """What is urgent does not lie unseen: both sides hear when no receipt has come."""
    role = DUTY_OFFICER if posting.case.purpose is Purpose.EMERGENCY else MANAGER
    for organisation, unit in (
        (posting.recipient.organisation, item.recipient_unit),
        (posting.permit.organisation, item.discloser_unit),
    ):
        await owe_duty(
            tx,
            DutyKind.RECEIPT,
            organisation=organisation,
            unit=unit,
            case_id=posting.case.case_id,
            object_id=delivery_id,
            due_at=now + RECEIPT_WITHIN,
            now=now,
            role=role,
        )


def _digest(jwe: str) -> bytes:
    return hashlib.sha256(jwe.encode()).digest()
