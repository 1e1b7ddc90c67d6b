"""Tell what an emergency needs although nothing permits it (BrB 24:4): one named human, four hours, before two duty officers.

Waits for no agreement, no consent, no count and no audit (DESIGN 8 d), nor for consent's house where a case or a delivery here shows who
the child is; its entries lie in the outbox of the same transaction.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.cases import AskedItem, Case, CaseParty, Decision, DecisionItem, Permit, PermitItem
from services.sharing.domain.duties import DUTY_OFFICER, DutyKind
from services.sharing.domain.facts import Detail, Judgements
from services.sharing.domain.glass import EMERGENCY_SET, LASTS, Glass, GlassReason, by_necessity
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import UnitParty
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import PermitItemView, PermitView
from services.sharing.domain.working_days import by_next_working_day
from services.sharing.storage import cases, glass, grants, register
from services.sharing.usecases.authorise import grants_now, may_act
from services.sharing.usecases.decide_items import record_item
from services.sharing.usecases.find_case import Opened
from services.sharing.usecases.give_permit import Confirmed, bound_of, note, save_permit
from services.sharing.usecases.judge_items import Learned, judge_item
from services.sharing.usecases.owe_duty import owe_duty
from services.sharing.usecases.record import deny, hide, record
from shared import logs, outbox
from shared.auth import Caller
from shared.contracts.consent import ChildFound
from shared.contracts.sharing import GlassBroken
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id
from shared.law.codes import Answer, Attestation, LeafCategory, Purpose
from shared.words import OpaqueId

ATTESTED = {Attestation.NECESSITY: True, Attestation.RELEVANT: True}
"""What whoever does it says by doing it; the judgements of the golden rule are answered one by one."""


KNOWN_HERE = "child-known-here"
"""In the entry: consent's house was away, so nobody asked it about age or protected identity; whoever reviews should know."""


class BreakGlass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """About whom, from which unit to which, what, why. The words go sealed, as an item."""

    child_ref: UUID
    model: OpaqueId
    """The collaboration that the caller works in: whose roles may act at all."""
    unit: OpaqueId
    recipient_unit: OpaqueId
    categories: tuple[LeafCategory, ...]
    reason: GlassReason
    judgements: Judgements


class GlassOpened(msgspec.Struct, frozen=True, kw_only=True):
    """The permit, for four hours, and by when it is reviewed."""

    glass_id: UUID
    reason: GlassReason
    review_by: datetime
    permit: PermitView


class _Ways(msgspec.Struct, frozen=True, kw_only=True):
    """From whom to whom."""

    discloser: UnitParty
    recipient: UnitParty


async def break_glass(
    tx: Connection, caller: Caller, request: BreakGlass, *, tables: Tables, child: ChildFound, known_here: bool = False, now: datetime
) -> GlassOpened | Denied | Hidden:
    """A case, a decision and a permit of their own in one act, with the notice to both organisations and the duty to review it.

    Raises Invalid for what is not in the emergency set and for a unit that is not registered. Refused for somebody whose identity is
    protected (an appointed person does it by hand), a unit behind a kill switch, and where not every judgement is a yes.
    """
    learned = Learned(child=child, known_here=known_here)
    if child.subject_id is None:
        return await hide(tx, caller, owner=None, now=now, object_id=request.child_ref)
    ways = await _ways(tx, request)
    model = tables.models.get(request.model)
    held = await grants_now(tx, caller, now=now)
    if model is None or ways.discloser.organisation != caller.organisation or not may_act(held, request.unit, model):
        return await hide(tx, caller, owner=ways.discloser.organisation, now=now, object_id=request.child_ref)
    case = Case(
        case_id=new_id(now),
        organisation=ways.discloser.organisation,
        unit=request.unit,
        subject_id=child.subject_id,
        child_ref=request.child_ref,
        model=model.id,
        model_version=model.version,
        purpose=Purpose.EMERGENCY,
        opened_by=caller.principal,
        opened_at=now,
    )
    judged = [await _judge(tx, tables, case, request, category, learned, now=now) for category in request.categories]
    if refused := [answer for _, answer in judged if answer.answer is not Answer.YES]:
        reasons = tuple(dict.fromkeys(reason for answer in refused for reason in answer.reasons))
        action = "break-glass.opened"
        return await deny(tx, caller, action, "nothing-to-permit", now=now, reasons=reasons, unit=request.unit, subject=case.subject_id)
    return await _open(tx, caller, request, case, ways, judged, tables=tables, known_here=known_here, now=now)


async def _ways(tx: Connection, request: BreakGlass) -> _Ways:
    faults = [
        Fault(f"#/categories/{place}", "is not in the emergency set")
        for place, category in enumerate(request.categories)
        if category not in EMERGENCY_SET
    ]
    if not request.categories or len(set(request.categories)) < len(request.categories):
        faults.append(Fault("#/categories", "at least one, none twice"))
    if request.unit == request.recipient_unit:
        faults.append(Fault("#/recipient_unit", "is the unit that holds it"))
    parties = await register.parties(tx, [request.unit, request.recipient_unit])
    faults += [Fault(f"#/{name}", "is not registered") for name in ("unit", "recipient_unit") if getattr(request, name) not in parties]
    if faults:
        raise Invalid("request-invalid", faults=faults)
    return _Ways(discloser=parties[request.unit], recipient=parties[request.recipient_unit])


async def _judge(
    tx: Connection, tables: Tables, case: Case, request: BreakGlass, category: LeafCategory, learned: Learned, *, now: datetime
) -> tuple[AskedItem, ItemAnswer]:
    asked = AskedItem(
        discloser_unit=request.unit,
        recipient_unit=request.recipient_unit,
        category=category,
        detail=Detail.SUMMARY,
        attested=ATTESTED,
        judgements=request.judgements,
    )
    answer = await judge_item(tx, tables, case, asked, learned, now=now, trusted=False)
    return asked, by_necessity(answer)


async def _open(
    tx: Connection,
    caller: Caller,
    request: BreakGlass,
    case: Case,
    ways: _Ways,
    judged: list[tuple[AskedItem, ItemAnswer]],
    *,
    tables: Tables,
    known_here: bool,
    now: datetime,
) -> GlassOpened:
    parties = tuple(CaseParty(unit=party.unit, organisation=party.organisation) for party in (ways.discloser, ways.recipient))
    await cases.save(tx, case, list(parties), responsible=caller.principal)
    opened = Opened(case=case, parties=parties, units=(request.unit,))
    decision = Decision(decision_id=new_id(now), case_id=case.case_id, decided_by=caller.principal, decided_at=now, rules=tables.sha256)
    items = [await record_item(tx, caller, opened, decision, place, asked, answer, now=now) for place, (asked, answer) in enumerate(judged)]
    await cases.save_decision(tx, decision, items)
    permit_id, until = new_id(now), (now + LASTS).replace(microsecond=0)
    confirmed = [(item, _may_go(permit_id, item, until), answer) for item, (_, answer) in zip(items, judged, strict=True)]
    permit = await save_permit(tx, caller, opened, confirmed, lasts=LASTS, now=now)
    broken = await _save(tx, caller, request, permit, ways, until=until, now=now)
    await record(
        tx,
        caller,
        "break-glass.opened",
        now=now,
        subject=case.subject_id,
        unit=request.unit,
        answer="yes",
        reasons=(request.reason, *((KNOWN_HERE,) if known_here else ())),
        purpose=case.purpose,
        legal_basis=judged[0][1].basis,
        categories=request.categories,
        model=case.model,
        case_id=case.case_id,
        object_id=broken.glass_id,
    )
    for party in (ways.discloser, ways.recipient):
        await _alarm(tx, broken, party, now=now)
    return GlassOpened(
        glass_id=broken.glass_id, reason=broken.reason, review_by=broken.review_by, permit=_view(permit, confirmed, tables, now=now)
    )


def _view(permit: Permit, confirmed: list[Confirmed], tables: Tables, *, now: datetime) -> PermitView:
    return PermitView(
        permit_id=permit.permit_id,
        decision_id=permit.decision_id,
        case_id=permit.case_id,
        recipient_unit=permit.recipient_unit,
        expires_at=permit.expires_at,
        items=tuple(
            PermitItemView(
                item_id=item.item_id,
                binding=msgspec.to_builtins(bound_of(item, may_go)),
                filing_note=note(tables, item, permit.case_id, answer, now),
            )
            for item, may_go, answer in confirmed
        ),
        refused=(),
    )


async def _save(
    tx: Connection, caller: Caller, request: BreakGlass, permit: Permit, ways: _Ways, *, until: datetime, now: datetime
) -> Glass:
    broken = Glass(
        glass_id=new_id(now),
        case_id=permit.case_id,
        permit_id=permit.permit_id,
        organisation=ways.discloser.organisation,
        unit=request.unit,
        recipient_organisation=ways.recipient.organisation,
        recipient_unit=request.recipient_unit,
        categories=request.categories,
        reason=request.reason,
        broken_by=caller.principal,
        broken_at=now,
        until_at=until,
        review_by=by_next_working_day(now),
    )
    await glass.save(tx, broken)
    return broken


def _may_go(permit_id: UUID, item: DecisionItem, until: datetime) -> PermitItem:
    return PermitItem(
        permit_id=permit_id, item_id=item.item_id, use_by=until, attested=item.attested, judgements=item.judgements, needs_consent=False
    )


async def _alarm(tx: Connection, broken: Glass, party: UnitParty, *, now: datetime) -> None:
    """The duty officer is told now and reviews it; where nobody is one, that is said, so that somebody else looks."""
    unheld = not await grants.is_held(tx, party.organisation, party.unit, DUTY_OFFICER, now=now)
    if unheld:
        logs.line("role.unheld", organisation=party.organisation, reason=DUTY_OFFICER)
    notice = GlassBroken(
        glass_id=broken.glass_id,
        case_id=broken.case_id,
        discloser_unit=broken.unit,
        recipient_unit=broken.recipient_unit,
        categories=broken.categories,
        reason=broken.reason,
        role=DUTY_OFFICER,
        unheld=unheld,
        until_at=broken.until_at,
        review_by=broken.review_by,
    )
    await outbox.notify(tx, party.organisation, notice, now=now)
    await owe_duty(
        tx,
        DutyKind.REVIEW,
        organisation=party.organisation,
        unit=party.unit,
        case_id=broken.case_id,
        object_id=broken.glass_id,
        due_at=broken.review_by,
        now=now,
        role=DUTY_OFFICER,
    )
