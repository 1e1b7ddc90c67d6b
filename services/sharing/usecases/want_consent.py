"""Ask the family, for what waits for it and only for that (legal basis first)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.sharing.domain.cases import ConsentRequest, Decision, DecisionItem
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import SYSTEM_ROLE
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import RequestsView, RequestView
from services.sharing.storage import cases, grants, steering
from services.sharing.usecases.authorise import may_act
from services.sharing.usecases.find_case import Opened, find_decision
from services.sharing.usecases.record import deny, record
from shared import outbox
from shared.auth import Caller, Kind
from shared.contracts.sharing import ConsentWanted, WantedRow
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id
from shared.law.codes import Answer

MONTH = timedelta(days=30)
ANSWER_WITHIN = timedelta(days=14)


class WantConsent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which decision; without dates the model's usual ones."""

    decision_id: UUID
    until: datetime | None = None
    answer_by: datetime | None = None


async def want_consent(
    tx: Connection, caller: Caller, request: WantConsent, *, tables: Tables, now: datetime
) -> RequestsView | Denied | Hidden:
    """One request for each unit that discloses, with its event and entry in the outbox. Asking again returns the first.

    Refused where nothing waits for consent: an answer that would change nothing is not asked for. A system asks on behalf of whoever
    decided, else of whoever answers for the case, and is refused where neither has a grant any more: the family can always ask somebody.
    """
    found = await find_decision(tx, caller, request.decision_id, tables=tables, now=now)
    if isinstance(found, Hidden):
        return found
    opened, decision, items = found
    waiting: dict[str, list[DecisionItem]] = {}
    for item in items:
        if item.answer is Answer.WAIT and item.needs_consent and item.declined_at is None:
            waiting.setdefault(item.discloser_unit, []).append(item)
    if not waiting:
        return await deny(
            tx, caller, "consent.wanted", "consent-not-the-basis", now=now, case_id=decision.case_id, object_id=decision.decision_id
        )
    asker = await _asker(tx, caller, opened, decision, waiting, tables=tables, now=now)
    if asker is None:
        return await deny(
            tx, caller, "consent.wanted", "no-named-person", now=now, case_id=decision.case_id, object_id=decision.decision_id
        )
    until, answer_by = _dates(request, opened, tables, now)
    known = {asked.discloser_unit: asked for asked in await cases.requests_of(tx, decision.decision_id)}
    for unit, wanted in waiting.items():
        if unit not in known:
            known[unit] = ConsentRequest(
                request_id=new_id(now),
                decision_id=decision.decision_id,
                discloser_unit=unit,
                asked_by=asker,
                asked_at=now,
                until=until,
                answer_by=answer_by,
            )
            if await cases.save_request(tx, known[unit]):
                await _ask(tx, caller, opened, known[unit], wanted, tables=tables, now=now)
    return RequestsView(
        requests=tuple(
            RequestView(
                request_id=known[unit].request_id,
                discloser_unit=unit,
                item_ids=tuple(item.item_id for item in wanted),
                until=known[unit].until,
                answer_by=known[unit].answer_by,
            )
            for unit, wanted in waiting.items()
        )
    )


async def _asker(
    tx: Connection, caller: Caller, opened: Opened, decision: Decision, units: Iterable[str], *, tables: Tables, now: datetime
) -> str | None:
    """The principal of the person who asks: never a system alone."""
    if caller.kind is Kind.PERSON:
        return caller.principal
    steered = await steering.find(tx, opened.case.case_id)
    model = tables.models.get(opened.case.model)
    for principal in (decision.decided_by, steered.responsible):
        if principal is not None:
            held = [
                one
                for one in await grants.of_principal(tx, principal, caller.organisation or "")
                if one.holds(now) and one.role != SYSTEM_ROLE
            ]
            if all(may_act(held, unit, model) for unit in units):
                return principal
    return None


def _dates(request: WantConsent, opened: Opened, tables: Tables, now: datetime) -> tuple[datetime, datetime]:
    model = tables.models[opened.case.model]
    until = request.until or now + model.default_months * MONTH
    answer_by = request.answer_by or min(now + ANSWER_WITHIN, until)
    faults = []
    if not now < until <= now + model.consent_months * MONTH:
        faults.append(Fault("#/until", f"must lie ahead, at most {model.consent_months} months"))
    if not now < answer_by <= until:
        faults.append(Fault("#/answer_by", "must lie ahead and not after until"))
    if faults:
        raise Invalid("request-invalid", faults=faults)
    return until, answer_by


async def _ask(
    tx: Connection,
    caller: Caller,
    opened: Opened,
    request: ConsentRequest,
    items: list[DecisionItem],
    *,
    tables: Tables,
    now: datetime,
) -> None:
    case = opened.case
    event = ConsentWanted(
        request_id=request.request_id,
        case_id=case.case_id,
        subject_id=case.subject_id,
        organisation=caller.organisation or case.organisation,
        discloser_unit=request.discloser_unit,
        model=case.model,
        rows=tuple(
            WantedRow(recipient_unit=item.recipient_unit, purpose=item.purpose, category=item.category, about=item.about) for item in items
        ),
        until=request.until,
        answer_by=request.answer_by,
        longest_months=tables.models[case.model].consent_months,
    )
    await outbox.add(tx, event, now=now)
    await record(
        tx,
        caller,
        "consent.wanted",
        now=now,
        subject=case.subject_id,
        unit=request.discloser_unit,
        purpose=case.purpose,
        categories=tuple(item.category for item in items),
        model=case.model,
        case_id=case.case_id,
        object_id=request.request_id,
    )
