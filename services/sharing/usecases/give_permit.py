"""A named human confirms at LoA 3: these items may go to this unit, for a day (OSL 6:3)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.cases import DecisionItem, Permit, PermitItem, asserted_facts
from services.sharing.domain.envelope import Bound
from services.sharing.domain.explain import filing_note
from services.sharing.domain.outcomes import Denied, Hidden, Limited
from services.sharing.domain.packages import may_lie_in_it
from services.sharing.domain.tables import Tables
from services.sharing.domain.telling import Told
from services.sharing.domain.views import FilingNote, NotPermitted, PermitItemView, PermitView
from services.sharing.storage import deliveries
from services.sharing.usecases.find_case import Opened, find_decision
from services.sharing.usecases.judge_items import Learned, judge_item
from services.sharing.usecases.learn_facts import Overlay
from services.sharing.usecases.limit_acts import limit_act
from services.sharing.usecases.record import deny, record
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id
from shared.law.codes import Answer

LASTS = timedelta(hours=24)
Confirmed = tuple[DecisionItem, PermitItem, ItemAnswer]
USE_WITHIN = timedelta(days=30)
"""How long a posted item may wait for its recipient."""


class GivePermit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Items of one decision, with what the confirming human attests and judges beyond what was recorded."""

    decision_id: UUID
    items: tuple[Overlay, ...]


async def give_permit(
    tx: Connection,
    caller: Caller,
    request: GivePermit,
    *,
    tables: Tables,
    learned: Learned,
    trusted: bool,
    now: datetime,
    held_until: datetime | None = None,
) -> PermitView | Denied | Hidden | Limited:
    """The permit for every item whose answer is yes with the facts of now, with its entry in the outbox; the rest is named.

    `held_until`: for a package, which also takes what waits for the family's yes alone. Refused when nothing is left. The guard has
    checked level of assurance 3 and that a person asks.
    """
    found = await find_decision(tx, caller, request.decision_id, tables=tables, now=now)
    if isinstance(found, Hidden):
        return found
    opened, decision, recorded = found
    items = {item.item_id: item for item in recorded}
    _check(request, items)
    units, case = [items[overlay.item_id].discloser_unit for overlay in request.items], opened.case
    if (limited := await limit_act(tx, caller, units, case.subject_id, case.purpose, now=now)) is not None:
        return limited
    confirmed, refused = await _judge(
        tx, opened, request, items, tables=tables, learned=learned, trusted=trusted, now=now, held_until=held_until
    )
    if not confirmed:
        reasons = tuple(dict.fromkeys(reason for item in refused for reason in item.reasons))
        return await deny(
            tx,
            caller,
            "disclosure.confirmed",
            "nothing-to-permit",
            now=now,
            reasons=reasons,
            case_id=decision.case_id,
            object_id=decision.decision_id,
            subject=opened.case.subject_id,
        )
    permit = await save_permit(tx, caller, opened, confirmed, now=now)
    return PermitView(
        permit_id=permit.permit_id,
        decision_id=decision.decision_id,
        case_id=decision.case_id,
        recipient_unit=permit.recipient_unit,
        expires_at=permit.expires_at,
        items=tuple(
            PermitItemView(
                item_id=item.item_id,
                binding=msgspec.to_builtins(bound_of(item, may_go)),
                filing_note=note(tables, item, opened.case.case_id, answer, now),
            )
            for item, may_go, answer in confirmed
        ),
        refused=tuple(refused),
    )


async def _judge(
    tx: Connection,
    opened: Opened,
    request: GivePermit,
    items: Mapping[UUID, DecisionItem],
    *,
    tables: Tables,
    learned: Learned,
    trusted: bool,
    now: datetime,
    held_until: datetime | None,
) -> tuple[list[Confirmed], list[NotPermitted]]:
    """Each item again with the facts of now: what may go, and what may not and why."""
    permit_id, use_by = new_id(now), held_until or (now + USE_WITHIN).replace(microsecond=0)
    confirmed: list[Confirmed] = []
    refused = []
    for overlay in request.items:
        item = items[overlay.item_id]
        asked = item.asked(overlay.attested, overlay.judgements)
        answer = await judge_item(tx, tables, opened.case, asked, learned, now=now, trusted=trusted, decision_id=item.decision_id)
        if item.declined_at is not None:
            refused.append(NotPermitted(item_id=item.item_id, answer=Answer.NO, reasons=("declined",)))
        elif answer.answer is not Answer.YES and not (held_until is not None and may_lie_in_it(answer)):
            refused.append(NotPermitted(item_id=item.item_id, answer=answer.answer, reasons=answer.reasons))
        else:
            may_go = PermitItem(
                permit_id=permit_id,
                item_id=item.item_id,
                use_by=use_by,
                attested=asked.attested,
                judgements=asked.judgements,
                needs_consent=answer.needs_consent,
            )
            confirmed.append((item, may_go, answer))
    return confirmed, refused


def bound_of(item: DecisionItem, permitted: PermitItem) -> Bound:
    """What the cipher of this item must say of itself."""
    return Bound(
        permit=permitted.permit_id,
        item=item.item_id,
        discloser=item.discloser_unit,
        recipient=item.recipient_unit,
        purpose=item.purpose,
        category=item.category,
        use_by=permitted.use_by,
    )


def note(tables: Tables, item: DecisionItem | Told, case_id: UUID, answer: ItemAnswer | Told, at: datetime) -> FilingNote:
    """What either side writes into its own record."""
    words = filing_note(
        tables,
        on=at.astimezone(STOCKHOLM).date(),
        category=item.category,
        purpose=item.purpose,
        discloser=item.discloser_unit,
        recipient=item.recipient_unit,
        basis=answer.basis,
        tell=answer.tell,
    )
    return FilingNote(
        at=at,
        case_id=case_id,
        item_id=item.item_id,
        discloser_unit=item.discloser_unit,
        recipient_unit=item.recipient_unit,
        category=item.category,
        purpose=item.purpose,
        basis=answer.basis,
        law=answer.law,
        tell=answer.tell,
        sv=words.sv,
        en=words.en,
    )


def _check(request: GivePermit, items: dict[UUID, DecisionItem]) -> None:
    faults = [] if request.items else [Fault("#/items", "at least one")]
    seen: set[UUID] = set()
    for place, overlay in enumerate(request.items):
        if overlay.item_id not in items or overlay.item_id in seen:
            faults.append(Fault(f"#/items/{place}/item_id", "is not of this decision, or named twice"))
        seen.add(overlay.item_id)
        faults += [
            Fault(f"#/items/{place}/attested/{code}", "is answered by the register or by consent")
            for code in asserted_facts(overlay.attested)
        ]
    if not faults and len({items[item_id].recipient_unit for item_id in seen}) > 1:
        faults.append(Fault("#/items", "a permit is for one recipient unit"))
    if faults:
        raise Invalid("request-invalid", faults=faults)


async def save_permit(
    tx: Connection, caller: Caller, opened: Opened, confirmed: list[Confirmed], *, now: datetime, lasts: timedelta = LASTS
) -> Permit:
    """The permit with its entry, for items that have been judged."""
    items, permit_id = [item for item, _, _ in confirmed], confirmed[0][1].permit_id
    entry_id = await record(
        tx,
        caller,
        "disclosure.confirmed",
        now=now,
        subject=opened.case.subject_id,
        unit=_only(item.discloser_unit for item in items),
        answer="yes",
        purpose=opened.case.purpose,
        legal_basis=tuple(dict.fromkeys(basis for _, _, answer in confirmed for basis in answer.basis)),
        categories=tuple(item.category for item in items),
        model=opened.case.model,
        case_id=opened.case.case_id,
        object_id=permit_id,
    )
    permit = Permit(
        permit_id=permit_id,
        decision_id=items[0].decision_id,
        case_id=opened.case.case_id,
        organisation=caller.organisation or opened.case.organisation,
        recipient_unit=items[0].recipient_unit,
        confirmed_by=caller.principal,
        confirmed_at=now,
        expires_at=now + lasts,
        entry_id=entry_id,
    )
    await deliveries.save_permit(tx, permit, [may_go for _, may_go, _ in confirmed])
    return permit


def _only(units: Iterable[str]) -> str | None:
    found = set(units)
    return found.pop() if len(found) == 1 else None
