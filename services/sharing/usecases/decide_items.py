"""May I share this? An answer for each item, recorded whatever it is."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.cases import AskedItem, Decision, DecisionItem, asserted_facts
from services.sharing.domain.outcomes import Denied, Hidden, Limited
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import DecisionView, view_item
from services.sharing.storage import cases
from services.sharing.usecases.find_case import Opened, find_case
from services.sharing.usecases.judge_items import Learned, judge_item
from services.sharing.usecases.limit_acts import limit_act
from services.sharing.usecases.record import deny, record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id

MOST_ITEMS = 40


class DecideItems(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants to tell in a case."""

    case_id: UUID
    items: tuple[AskedItem, ...]


async def decide_items(
    tx: Connection, caller: Caller, request: DecideItems, *, tables: Tables, learned: Learned, trusted: bool, now: datetime
) -> DecisionView | Denied | Hidden | Limited:
    """The answers, recorded with one entry for each: a decision is per item, and a no is one as much as a yes.

    Raises Invalid for a unit that does not take part, and for an attestation that the register or consent answers (DESIGN 9).
    """
    opened = await find_case(tx, caller, request.case_id, tables=tables, now=now)
    if isinstance(opened, Hidden):
        return opened
    _check(request, opened)
    if any(item.discloser_unit not in opened.units for item in request.items):
        return await deny(tx, caller, "disclosure.decided", "no-grant-for-unit", now=now, case_id=request.case_id)
    units, case = [item.discloser_unit for item in request.items], opened.case
    if (limited := await limit_act(tx, caller, units, case.subject_id, case.purpose, now=now)) is not None:
        return limited
    decision = Decision(decision_id=new_id(now), case_id=request.case_id, decided_by=caller.principal, decided_at=now, rules=tables.sha256)
    items = []
    for place, asked in enumerate(request.items):
        answer = await judge_item(tx, tables, opened.case, asked, learned, now=now, trusted=trusted, advise=True)
        items.append(await record_item(tx, caller, opened, decision, place, asked, answer, now=now))
    await cases.save_decision(tx, decision, items)
    return view_decision(decision, items, tables)


def view_decision(decision: Decision, items: list[DecisionItem], tables: Tables) -> DecisionView:
    """A recorded decision as its client sees it."""
    return DecisionView(
        decision_id=decision.decision_id,
        case_id=decision.case_id,
        decided_at=decision.decided_at,
        rules=decision.rules,
        items=tuple(view_item(item, dict(tables.texts)) for item in items),
    )


def _check(request: DecideItems, opened: Opened) -> None:
    taking_part = {party.unit for party in opened.parties}
    faults = [] if 0 < len(request.items) <= MOST_ITEMS else [Fault("#/items", f"1 to {MOST_ITEMS} items")]
    for place, item in enumerate(request.items):
        faults += [
            Fault(f"#/items/{place}/{name}", "does not take part in the case")
            for name in ("discloser_unit", "recipient_unit")
            if getattr(item, name) not in taking_part
        ]
        if item.along_with is not None and not _goes_along(item, request.items):
            faults.append(Fault(f"#/items/{place}/along_with", "names no item of this decision between the same units"))
        if item.discloser_unit == item.recipient_unit:
            faults.append(Fault(f"#/items/{place}/recipient_unit", "is the unit that holds it"))
        faults += [
            Fault(f"#/items/{place}/attested/{code}", "is answered by the register or by consent") for code in asserted_facts(item.attested)
        ]
    if faults:
        raise Invalid("request-invalid", faults=faults)


def _goes_along(item: AskedItem, items: tuple[AskedItem, ...]) -> bool:
    """Identity follows the row of what it goes along with (DESIGN 9), so that item must really be asked about here."""
    way = (item.discloser_unit, item.recipient_unit, item.about)
    return any(other.category == item.along_with and (other.discloser_unit, other.recipient_unit, other.about) == way for other in items)


async def record_item(
    tx: Connection,
    caller: Caller,
    opened: Opened,
    decision: Decision,
    place: int,
    asked: AskedItem,
    answer: ItemAnswer,
    *,
    now: datetime,
) -> DecisionItem:
    """One answer with its entry, as it will be stored."""
    item_id = new_id(now)
    entry_id = await record(
        tx,
        caller,
        "disclosure.decided",
        now=now,
        subject=opened.case.subject_id,
        unit=asked.discloser_unit,
        answer=answer.answer,
        reasons=answer.reasons,
        purpose=opened.case.purpose,
        legal_basis=answer.basis,
        categories=(asked.category,),
        model=opened.case.model,
        rules=decision.rules,
        case_id=decision.case_id,
        object_id=item_id,
    )
    return DecisionItem(
        item_id=item_id,
        decision_id=decision.decision_id,
        place=place,
        discloser_unit=asked.discloser_unit,
        recipient_unit=asked.recipient_unit,
        purpose=opened.case.purpose,
        category=asked.category,
        about=asked.about,
        detail=asked.detail,
        attested=asked.attested,
        judgements=asked.judgements,
        answer=answer.answer,
        label=answer.label,
        rule=answer.row,
        needs_consent=answer.needs_consent,
        reasons=answer.reasons,
        trace=msgspec.to_builtins(answer),
        entry_id=entry_id,
        said=asked.said(),
    )
