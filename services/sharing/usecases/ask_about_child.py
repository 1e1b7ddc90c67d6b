"""May this be shared, about a named child outside any case? Recorded like a decision, with the facts of the register and of consent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.sharing.domain.cases import AskedItem, Case, asserted_facts
from services.sharing.domain.outcomes import Denied, Hidden, Limited
from services.sharing.domain.question import WRONG, read_item
from services.sharing.domain.register import UnitParty
from services.sharing.domain.tables import Tables
from services.sharing.storage import grants, register
from services.sharing.usecases.ask_hypothetical import Answers, AskDecision, check_size, view_answers
from services.sharing.usecases.authorise import grants_now, may_act
from services.sharing.usecases.judge_items import Learned, judge_item
from services.sharing.usecases.limit_acts import limit_act
from services.sharing.usecases.record import deny, hide, record
from shared.auth import Caller
from shared.contracts.consent import ChildFound
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id

NO_CASE = UUID(int=0)
"""Stands where the judging of an item wants a case: the question belongs to none and is kept nowhere but in the log."""


def read_items(request: AskDecision) -> tuple[AskedItem, ...]:
    """The items of a question about a named child. Raises Invalid for every fact that is not the caller's to assert (DESIGN 9)."""
    check_size(request)
    items: list[AskedItem] = []
    faults: list[Fault] = []
    for place, raw in enumerate(request.items):
        at = f"#/items/{place}"
        try:
            items.append(item := read_item(raw, at))
        except Invalid as wrong:
            faults += wrong.faults
            continue
        faults += [Fault(f"{at}/attested/{code}", "is answered by the register or by consent") for code in asserted_facts(item.attested)]
        if item.discloser_unit == item.recipient_unit:
            faults.append(Fault(f"{at}/recipient_unit", "is the unit that holds it"))
    if faults:
        raise Invalid(WRONG, faults=faults)
    return tuple(items)


def question_of(request: AskDecision, caller: Caller, tables: Tables, child: ChildFound, *, now: datetime) -> Case:
    """The question in the form that items are judged by. Raises Invalid where model or purpose is missing or unknown."""
    model = tables.models.get(request.model or "")
    faults = [] if model else [Fault("#/model", f"Needed with a child; allowed: {', '.join(sorted(tables.models))}")]
    if request.purpose is None:
        faults.append(Fault("#/purpose", "Needed with a child"))
    if model is None or request.purpose is None or request.child_ref is None:
        raise Invalid(WRONG, faults=faults)
    if request.purpose not in {purpose.code for purpose in model.purposes}:
        raise Invalid("not-in-the-model", faults=[Fault("#/purpose", "not a purpose of this model")])
    return Case(
        case_id=NO_CASE,
        organisation=caller.organisation or "",
        unit="",
        subject_id=child.subject_id or NO_CASE,
        child_ref=request.child_ref,
        model=model.id,
        model_version=model.version,
        purpose=request.purpose,
        opened_by=caller.principal,
        opened_at=now,
    )


async def ask_about_child(
    tx: Connection,
    caller: Caller,
    question: Case,
    items: Sequence[AskedItem],
    *,
    tables: Tables,
    learned: Learned,
    trusted: bool,
    now: datetime,
) -> Answers | Denied | Hidden | Limited:
    """The answers, with one entry for each in the outbox; no decision is kept, so no permit can come of them.

    A reference that is not the caller's organisation's, and a unit that the caller holds no grant for, are the same 404.
    """
    parties = await _parties(tx, items)
    held = await grants_now(tx, caller, now=now)
    for item in items:
        holder = parties[item.discloser_unit]
        if holder.organisation != caller.organisation or not may_act(held, holder.unit, tables.models[question.model]):
            return await hide(tx, caller, owner=holder.organisation, now=now, object_id=question.child_ref)
    subject_id = learned.child.subject_id
    if subject_id is None:
        return await hide(tx, caller, owner=None, now=now, object_id=question.child_ref)
    organisations = {party.organisation for party in parties.values()}
    if len(organisations) > 1 and not await grants.agreement_covers(tx, question.model, organisations, now=now):
        return await deny(tx, caller, "disclosure.asked", "no-agreement", now=now, subject=subject_id)
    units = [item.discloser_unit for item in items]
    if (limited := await limit_act(tx, caller, units, subject_id, question.purpose, now=now)) is not None:
        return limited
    answers = [await judge_item(tx, tables, question, item, learned, now=now, trusted=trusted) for item in items]
    for item, answer in zip(items, answers, strict=True):
        await record(
            tx,
            caller,
            "disclosure.asked",
            now=now,
            subject=subject_id,
            unit=item.discloser_unit,
            answer=answer.answer,
            reasons=answer.reasons,
            purpose=question.purpose,
            legal_basis=answer.basis,
            categories=(item.category,),
            model=question.model,
            rules=tables.sha256,
            object_id=new_id(now),
        )
    return view_answers(answers, tables, hypothetical=False, now=now)


async def _parties(tx: Connection, items: Sequence[AskedItem]) -> Mapping[str, UnitParty]:
    found = await register.parties(tx, {unit for item in items for unit in (item.discloser_unit, item.recipient_unit)})
    faults = [
        Fault(f"#/items/{place}/{name}", "is not registered")
        for place, item in enumerate(items)
        for name in ("discloser_unit", "recipient_unit")
        if getattr(item, name) not in found
    ]
    if faults:
        raise Invalid("unknown-unit", faults=faults)
    return found
