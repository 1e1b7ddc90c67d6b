"""See what one's units owe, and say that something has been done."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.duties import BY_HAND, Duty, DutyView
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.storage import cases, duties, handling, register
from services.sharing.usecases.authorise import grants_now
from services.sharing.usecases.record import deny, hide, record
from shared.auth import Caller
from shared.database import Connection

MOST = 100


class DutiesView(msgspec.Struct, frozen=True, kw_only=True):
    """The most urgent first, at most 100."""

    duties: tuple[DutyView, ...]


async def list_duties(tx: Connection, caller: Caller, *, now: datetime) -> DutiesView | Hidden:
    """What the caller's units have to do, with one entry for the list."""
    held = await grants_now(tx, caller, now=now)
    if caller.organisation is None or not held:
        return await hide(tx, caller, owner=None, now=now)
    units = [unit.unit for unit in await register.units_of(tx, caller.organisation) if any(g.unit in {None, unit.unit} for g in held)]
    found = await duties.of_units(tx, units, limit=MOST, reader=handling.reader(caller))
    await record(tx, caller, "duties.listed", now=now)
    return DutiesView(duties=tuple(view_duty(duty, now=now) for duty in found))


async def end_duty(tx: Connection, caller: Caller, duty_id: UUID, *, now: datetime) -> DutyView | Denied | Hidden:
    """Done, on this person's word, with its entry; again changes nothing. What only the act itself ends is refused."""
    duty = await duties.lock(tx, duty_id)
    held = await grants_now(tx, caller, now=now)
    if duty is None or duty.organisation != caller.organisation or not any(grant.covers(duty.unit, None) for grant in held):
        return await hide(tx, caller, owner=None if duty is None else duty.organisation, now=now, object_id=duty_id)
    case = None if duty.case_id is None else await cases.find(tx, duty.case_id)
    if case is not None and await handling.hidden_from(tx, [case.subject_id], caller):
        return await hide(tx, caller, owner=duty.organisation, now=now, object_id=duty_id)
    if duty.done_at is not None:
        return view_duty(duty, now=now)
    subject = None if case is None else case.subject_id
    if duty.kind not in BY_HAND:
        return await deny(
            tx, caller, "duty.done", "proof-needed", now=now, case_id=duty.case_id, object_id=duty_id, unit=duty.unit, subject=subject
        )
    await duties.end(tx, duty_id, by=caller.principal, now=now)
    await record(
        tx,
        caller,
        "duty.done",
        now=now,
        subject=subject,
        unit=duty.unit,
        reasons=(duty.kind,),
        case_id=duty.case_id,
        object_id=duty.object_id,
    )
    return view_duty(msgspec.structs.replace(duty, done_at=now), now=now)


def view_duty(duty: Duty, *, now: datetime) -> DutyView:
    """As its organisation sees it."""
    shown = {name: getattr(duty, name) for name in DutyView.__struct_fields__ if name != "overdue"}
    return DutyView(overdue=duty.done_at is None and duty.due_at <= now, **shown)
