"""What an organisation's questions wait for, child by child: for staff and systems (F38, F82)."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.awaited import Advice, Waits, waits_for
from services.consent.domain.periods import day_of
from services.consent.domain.request import Request
from services.consent.storage import custody, organisations, people, requests
from services.consent.storage.texts import load_advice
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.weigh_row import weigh_rows
from shared.auth import Caller, Kind
from shared.database import Connection
from shared.errors import Invalid, Refused
from shared.words import OpaqueId

AT_ONCE = 100
FIRST = UUID(int=0)
ADVICE = load_advice()


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a question waits for, and what to do next."""

    waits_for: Waits
    next: Advice


class AwaitedQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One question that is not settled. Who has not answered, and who has said what, is not said here."""

    request_id: UUID
    case_id: UUID
    unit: OpaqueId
    asked_at: datetime
    days: int
    """Whole days since it was asked."""
    answer_by: datetime
    awaited: tuple[Awaited, ...]


class AwaitedChild(msgspec.Struct, frozen=True, kw_only=True):
    """One child's, oldest first."""

    child_ref: UUID
    questions: tuple[AwaitedQuestion, ...]


class AwaitedList(msgspec.Struct, frozen=True, kw_only=True):
    """The child that has waited longest first. `after`: where the next page begins; None at the end."""

    children: tuple[AwaitedChild, ...]
    after: UUID | None


async def list_awaited(
    tx: Connection, means: Means, caller: Caller, after: UUID | None, *, now: datetime
) -> AwaitedList | Refused | Invalid:
    """Questions of the caller's organisation at the units of its grants, a page of them in order of asking. One entry.

    Never a child with protected identity unless the caller is named for it (I8).
    """
    refusal = await check_grant(tx, caller, "tasks.listed", operator=means.operator, now=now)
    organisation = caller.organisation
    if refusal is not None or organisation is None:
        return refusal or Invalid("request-invalid")
    units = None
    if caller.kind is Kind.PERSON:
        units = await organisations.granted_units(tx, caller.principal, organisation, now=now)
    page = await requests.unsettled_of(
        tx,
        organisation,
        units,
        reader=f"{organisation} {caller.principal}",
        after=after or FIRST,
        today=day_of(now),
        now=now,
        limit=AT_ONCE,
    )
    questions: dict[UUID, list[AwaitedQuestion]] = defaultdict(list)
    for request in page:
        question = await _question(tx, means, request, now=now)
        if question is not None:
            questions[request.child_id].append(question)
    await record(tx, caller, "tasks.listed", organisation=organisation, now=now, reasons=("awaited",))
    children = [
        AwaitedChild(child_ref=await people.reference(tx, organisation, child_id, now=now), questions=tuple(found))
        for child_id, found in questions.items()
    ]
    return AwaitedList(
        children=tuple(sorted(children, key=lambda one: one.questions[0].asked_at)),
        after=page[-1].request_id if len(page) == AT_ONCE else None,
    )


async def _question(tx: Connection, means: Means, request: Request, *, now: datetime) -> AwaitedQuestion | None:
    """None for a question that is settled, or that a later round asks anew."""
    child = await people.get(tx, means.vault, request.child_id)
    if child is None:
        return None
    known = await custody.known(tx, child)
    asked = await requests.rows(tx, request.request_id)
    weighed = await weigh_rows(tx, means.vault, [(known, row.key, request.regime) for row in asked], now=now)
    found = waits_for([one.record for one in weighed if one.record.request_id == request.request_id], now)
    if not found:
        return None
    return AwaitedQuestion(
        request_id=request.request_id,
        case_id=request.case_id,
        unit=request.discloser_unit,
        asked_at=request.asked_at,
        days=(now - request.asked_at).days,
        answer_by=request.answer_by,
        awaited=tuple(Awaited(waits_for=one, next=ADVICE.of(one)) for one in found),
    )
