"""Hold back that the family is told of one disclosure, or let it go: a human at the unit that told, with a day to look again."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from services.sharing.domain.duties import MANAGER, DutyKind
from services.sharing.domain.holding import LONGEST, Hold, HoldReason, HoldView
from services.sharing.domain.outcomes import Hidden
from services.sharing.domain.tables import Tables
from services.sharing.storage import deliveries, duties, holds, told
from services.sharing.usecases.find_case import Opened, find_case
from services.sharing.usecases.owe_duty import owe_duty
from services.sharing.usecases.record import hide, record
from shared import outbox
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.contracts.sharing import TellHeld
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id


class HoldTelling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Held with reason and day, or not held with neither."""

    held: bool
    reason: HoldReason | None = None
    review_on: date | None = None


class _Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """What was told, by whom."""

    case_id: UUID
    organisation: str
    unit: str


async def hold_telling(
    tx: Connection, caller: Caller, disclosure_id: UUID, request: HoldTelling, *, tables: Tables, now: datetime
) -> HoldView | Hidden:
    """The new word with its entry; consent hears, and its family's inbox follows. The same word again changes nothing.

    What has not been released yet can be held too. Raises Invalid without a reason, or with a day that is past or too far.
    """
    _check(request, today=now.astimezone(STOCKHOLM).date())
    found = await _find(tx, disclosure_id)
    opened = None if found is None else await find_case(tx, caller, found.case_id, tables=tables, now=now)
    if isinstance(opened, Hidden):
        return opened
    if found is None or opened is None or found.unit not in opened.units:
        owner = None if found is None else found.organisation
        return await hide(tx, caller, owner=owner, now=now, object_id=disclosure_id)
    before = await holds.newest(tx, disclosure_id)
    if before is not None and (before.held, before.reason, before.review_on) == (request.held, request.reason, request.review_on):
        return _view(before)
    if before is None and not request.held:
        return HoldView(disclosure_id=disclosure_id, revision=0, held=False, reason=None, review_on=None, decided_at=now)
    return _view(await _decide(tx, caller, disclosure_id, request, found, opened, before, now=now))


async def _find(tx: Connection, disclosure_id: UUID) -> _Disclosure | None:
    if (delivery := await deliveries.find(tx, disclosure_id)) is not None:
        await deliveries.lock(tx, disclosure_id)
        return _Disclosure(case_id=delivery.case_id, organisation=delivery.discloser_organisation, unit=delivery.discloser_unit)
    said = await told.find(tx, disclosure_id)
    return None if said is None else _Disclosure(case_id=said.case_id, organisation=said.organisation, unit=said.discloser_unit)


async def _decide(
    tx: Connection,
    caller: Caller,
    disclosure_id: UUID,
    request: HoldTelling,
    found: _Disclosure,
    opened: Opened,
    before: Hold | None,
    *,
    now: datetime,
) -> Hold:
    hold = Hold(
        hold_id=new_id(now),
        disclosure_id=disclosure_id,
        revision=1 if before is None else before.revision + 1,
        case_id=found.case_id,
        organisation=found.organisation,
        unit=found.unit,
        held=request.held,
        reason=request.reason,
        review_on=request.review_on,
        decided_by=caller.principal,
        decided_at=now,
    )
    await holds.save(tx, hold)
    await outbox.add(tx, TellHeld(**{name: getattr(hold, name) for name in TellHeld.__struct_fields__}), now=now)
    if before is not None:
        await duties.end_about(tx, DutyKind.HOLD_REVIEW, before.hold_id, by=caller.principal, now=now)
    if hold.review_on is not None:
        await owe_duty(
            tx,
            DutyKind.HOLD_REVIEW,
            organisation=hold.organisation,
            unit=hold.unit,
            case_id=hold.case_id,
            object_id=hold.hold_id,
            due_at=datetime.combine(hold.review_on, datetime.min.time(), STOCKHOLM).astimezone(now.tzinfo) + timedelta(hours=8),
            now=now,
            role=MANAGER,
        )
    await record(
        tx,
        caller,
        "telling.held" if hold.held else "telling.let-go",
        now=now,
        subject=opened.case.subject_id,
        unit=hold.unit,
        reasons=() if hold.reason is None else (hold.reason,),
        case_id=hold.case_id,
        object_id=disclosure_id,
    )
    return hold


def _check(request: HoldTelling, *, today: date) -> None:
    faults = []
    if request.held != (request.reason is not None):
        faults.append(Fault("#/reason", "is given for what is held, and for nothing else"))
    if request.held != (request.review_on is not None):
        faults.append(Fault("#/review_on", "is given for what is held, and for nothing else"))
    elif request.review_on is not None and not today < request.review_on <= today + LONGEST:
        faults.append(Fault("#/review_on", f"must lie ahead, at most {LONGEST.days} days"))
    if faults:
        raise Invalid("request-invalid", faults=faults)


def _view(hold: Hold) -> HoldView:
    return HoldView(**{name: getattr(hold, name) for name in HoldView.__struct_fields__})
