"""Tell at a meeting or by telephone: the same decision, confirmation, entry and filing notes as a sealed item, without a cipher.

Confirming is the release here: the governing rows are held, the rules asked with the facts of now, and the decision's entry must
stand in the log (DESIGN 4.8, 8 a). Everybody present hears what is said, so it must be cleared for each of them.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.cases import DecisionItem, row_key
from services.sharing.domain.duties import TELL_WITHIN, DutyKind, is_told
from services.sharing.domain.governing import order
from services.sharing.domain.matters import NEVER_STOPPED
from services.sharing.domain.model_rules import may_meet
from services.sharing.domain.outcomes import Denied, Hidden, Limited, NotYet
from services.sharing.domain.telling import Told, Way, heard_by_all
from services.sharing.domain.views import FilingNote, NotPermitted
from services.sharing.storage import consent_rows, register, told
from services.sharing.usecases.fetch_item import RELEASE_WITHIN
from services.sharing.usecases.find_case import Opened, find_case, find_decision
from services.sharing.usecases.give_permit import note
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.judge_items import Learned, judge_item
from services.sharing.usecases.learn_facts import Overlay
from services.sharing.usecases.limit_acts import limit_act
from services.sharing.usecases.owe_duty import owe_duty
from services.sharing.usecases.record import deny, hide, record
from shared import outbox
from shared.auth import Caller
from shared.contracts.consent import CoverageState
from shared.contracts.sharing import Disclosed, WasTold
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id
from shared.law.codes import Answer
from shared.words import OpaqueId

Judged = list[tuple[DecisionItem, ItemAnswer]]


class TellItems(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Items of one decision, which units are in the room or on the line, and what the confirming human adds."""

    decision_id: UUID
    medium: Way
    present: tuple[OpaqueId, ...]
    items: tuple[Overlay, ...]


class ToldItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that may be said to one unit, with the note for either side's record."""

    told_id: UUID
    item_id: UUID
    filing_note: FilingNote


class ToldView(msgspec.Struct, frozen=True, kw_only=True):
    """What was told, and what must not be said in this room, and why."""

    decision_id: UUID
    medium: Way
    present: tuple[OpaqueId, ...]
    told_at: datetime
    items: tuple[ToldItem, ...]
    refused: tuple[NotPermitted, ...]


class ReadingList(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said with these units present, as of now; telling it is a confirmation of its own."""

    decision_id: UUID
    present: tuple[OpaqueId, ...]
    cleared: tuple[UUID, ...]
    refused: tuple[NotPermitted, ...]


async def list_to_read(
    tx: Connection, caller: Caller, request: TellItems, *, ground: Ground, learned: Learned, now: datetime
) -> ReadingList | Denied | Hidden:
    """The list for the one who speaks: codes, never words. One entry."""
    found = await find_decision(tx, caller, request.decision_id, tables=ground.tables, now=now)
    if isinstance(found, Hidden):
        return found
    opened, decision, recorded = found
    judged = await _judge(tx, opened, request, {item.item_id: item for item in recorded}, ground=ground, learned=learned, now=now)
    cleared, refused = _clear(judged, request)
    case = opened.case
    await record(
        tx,
        caller,
        "meeting.listed",
        now=now,
        subject=case.subject_id,
        unit=opened.units[0],
        model=case.model,
        case_id=case.case_id,
        object_id=decision.decision_id,
    )
    ids = tuple(item.item_id for item, _ in cleared)
    return ReadingList(decision_id=decision.decision_id, present=request.present, cleared=ids, refused=tuple(refused))


async def tell_items(
    tx: Connection, caller: Caller, request: TellItems, *, ground: Ground, learned: Learned, now: datetime, arrived: float
) -> ToldView | Denied | Hidden | NotYet | Limited:
    """What was told, from this commit on. Refused when nothing may be said, or the model makes the meeting wait for the family."""
    found = await find_decision(tx, caller, request.decision_id, tables=ground.tables, now=now)
    if isinstance(found, Hidden):
        return found
    opened, decision, recorded = found
    judged = await _judge(tx, opened, request, {item.item_id: item for item in recorded}, ground=ground, learned=learned, now=now)
    cleared, refused = _clear(judged, request)
    waits = _meeting_waits(opened, request, judged, ground)
    if not cleared or waits is not None:
        reasons = (waits,) if waits is not None else tuple(dict.fromkeys(reason for one in refused for reason in one.reasons))
        return await _denied(tx, caller, opened, decision.decision_id, "nothing-to-permit", reasons, now=now)
    units, case = [item.discloser_unit for item, _ in cleared], opened.case
    if (limited := await limit_act(tx, caller, units, case.subject_id, case.purpose, now=now)) is not None:
        return limited
    if (code := await _not_yet(tx, opened, cleared, ground, arrived=arrived)) is not None:
        await _denied(tx, caller, opened, decision.decision_id, code, (code,), now=now)
        return NotYet(code=code)
    items = [await _tell(tx, caller, opened, request, item, answer, ground=ground, now=now) for item, answer in cleared]
    return ToldView(
        decision_id=decision.decision_id,
        medium=request.medium,
        present=request.present,
        told_at=now,
        items=tuple(items),
        refused=tuple(refused),
    )


async def read_told(tx: Connection, caller: Caller, told_id: UUID, *, ground: Ground, now: datetime) -> ToldItem | Hidden:
    """The filing note of what was told, for the side that said it and the side that heard it; one entry."""
    said = await told.find(tx, told_id)
    if said is None:
        return await hide(tx, caller, owner=None, now=now, object_id=told_id)
    found = await find_case(tx, caller, said.case_id, tables=ground.tables, now=now)
    if isinstance(found, Hidden):
        return found
    if not {said.discloser_unit, said.recipient_unit} & set(found.units):
        return await hide(tx, caller, owner=said.organisation, now=now, object_id=told_id, case_id=said.case_id)
    case = found.case
    await record(tx, caller, "told.read", now=now, subject=case.subject_id, unit=found.units[0], case_id=case.case_id, object_id=told_id)
    shown = note(ground.tables, said, said.case_id, said, said.told_at)
    return ToldItem(told_id=told_id, item_id=said.item_id, filing_note=shown)


async def _judge(
    tx: Connection,
    opened: Opened,
    request: TellItems,
    items: dict[UUID, DecisionItem],
    *,
    ground: Ground,
    learned: Learned,
    now: datetime,
) -> Judged:
    """Each item with the facts of now, its governing row held; rows are locked in the one order that everybody uses."""
    parties = {party.unit for party in opened.parties}
    faults = [Fault(f"#/present/{place}", "does not take part in the case") for place, u in enumerate(request.present) if u not in parties]
    faults += [
        Fault(f"#/items/{place}/item_id", "is not of this decision") for place, o in enumerate(request.items) if o.item_id not in items
    ]
    if faults or not request.items or not request.present:
        raise Invalid("request-invalid", faults=faults or [Fault("#/items", "somebody present and something to tell")])
    said = {overlay.item_id: overlay for overlay in request.items}
    judged: Judged = []
    for item in sorted((items[item_id] for item_id in said), key=lambda item: order(row_key(opened.case, item))):
        asked = item.asked(said[item.item_id].attested, said[item.item_id].judgements)
        trusted = ground.lease.holds()
        case, decided = opened.case, item.decision_id
        answer = await judge_item(tx, ground.tables, case, asked, learned, now=now, trusted=trusted, lock=True, decision_id=decided)
        judged.append((item, answer))
    return judged


def _clear(judged: Judged, request: TellItems) -> tuple[Judged, list[NotPermitted]]:
    open_now = [item for item, answer in judged if answer.answer is Answer.YES and item.declined_at is None]
    heard = heard_by_all(open_now, request.present)
    cleared = [(item, answer) for item, answer in judged if item.item_id in heard]
    refused = []
    for item, answer in judged:
        if item.item_id not in heard:
            why = ("declined",) if item.declined_at is not None else answer.reasons
            reasons = ("others-are-present",) if item in open_now else why
            refused.append(NotPermitted(item_id=item.item_id, answer=answer.answer, reasons=reasons))
    return cleared, refused


def _meeting_waits(opened: Opened, request: TellItems, judged: Judged, ground: Ground) -> str | None:
    if request.medium is not Way.MEETING:
        return None
    consents = [
        CoverageState.GIVEN if answer.answer is Answer.YES else CoverageState.NOT_ASKED
        for item, answer in judged
        if item.needs_consent or answer.needs_consent
    ]
    return may_meet(ground.tables.models[opened.case.model], identified=True, consents=consents)


async def _not_yet(tx: Connection, opened: Opened, cleared: Judged, ground: Ground, *, arrived: float) -> str | None:
    if any(answer.needs_consent for _, answer in cleared) and not ground.lease.holds():
        return "consent-unavailable"
    if opened.case.purpose not in NEVER_STOPPED:
        for item, _ in cleared:
            if await outbox.is_open(tx, item.entry_id):
                return "audit-unavailable"
    return "unavailable" if ground.monotonic() - arrived > RELEASE_WITHIN else None


async def _denied(
    tx: Connection, caller: Caller, opened: Opened, decision_id: UUID, code: str, reasons: tuple[str, ...], *, now: datetime
) -> Denied:
    case = opened.case
    return await deny(
        tx, caller, "disclosure.told", code, now=now, reasons=reasons, case_id=case.case_id, object_id=decision_id, subject=case.subject_id
    )


async def _tell(
    tx: Connection,
    caller: Caller,
    opened: Opened,
    request: TellItems,
    item: DecisionItem,
    answer: ItemAnswer,
    *,
    ground: Ground,
    now: datetime,
) -> ToldItem:
    case, told_id = opened.case, new_id(now)
    entry_id = await record(
        tx,
        caller,
        "disclosure.told",
        now=now,
        subject=case.subject_id,
        unit=item.discloser_unit,
        answer="yes",
        reasons=(request.medium,),
        purpose=item.purpose,
        legal_basis=answer.basis,
        categories=(item.category,),
        model=case.model,
        case_id=case.case_id,
        object_id=told_id,
    )
    said = Told(
        told_id=told_id,
        case_id=case.case_id,
        item_id=item.item_id,
        organisation=caller.organisation or case.organisation,
        discloser_unit=item.discloser_unit,
        recipient_unit=item.recipient_unit,
        category=item.category,
        purpose=item.purpose,
        medium=request.medium,
        present=request.present,
        basis=tuple(answer.basis),
        law=tuple(answer.law),
        tell=tuple(answer.tell),
        told_by=caller.principal,
        told_at=now,
        entry_id=entry_id,
    )
    await told.save(tx, said)
    await _announce(tx, opened, item, said, needs_consent=answer.needs_consent, now=now)
    return ToldItem(told_id=told_id, item_id=item.item_id, filing_note=note(ground.tables, item, case.case_id, answer, now))


async def _announce(tx: Connection, opened: Opened, item: DecisionItem, said: Told, *, needs_consent: bool, now: datetime) -> None:
    """The other side hears that a note belongs in its record, the family's inbox what was told, and the duty to tell begins."""
    recipient = (await register.parties(tx, [said.recipient_unit]))[said.recipient_unit].organisation
    await outbox.notify(tx, recipient, WasTold(**{name: getattr(said, name) for name in WasTold.__struct_fields__}), now=now)
    row = await consent_rows.find(tx, row_key(opened.case, item)) if needs_consent else None
    disclosed = Disclosed(
        disclosure_id=said.told_id,
        case_id=said.case_id,
        subject_id=opened.case.subject_id,
        organisation=said.organisation,
        discloser_unit=said.discloser_unit,
        recipient_unit=said.recipient_unit,
        purpose=said.purpose,
        categories=(said.category,),
        basis=said.basis,
        tell=said.tell,
        disclosed_at=now,
        consent_id=None if row is None else row.consent_id,
    )
    await outbox.add(tx, disclosed, now=now)
    if is_told(said.tell):
        await owe_duty(
            tx,
            DutyKind.TELL_FAMILY,
            organisation=said.organisation,
            unit=said.discloser_unit,
            case_id=said.case_id,
            object_id=said.told_id,
            due_at=now + TELL_WITHIN,
            now=now,
        )
