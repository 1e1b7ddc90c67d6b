"""Say who answers for a case, what comes next, and when it ends: by the organisation that opened it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import ADMINISTRATOR, SYSTEM_ROLE
from services.sharing.domain.steering import CloseReason, NextStep, Steering, SteeringView
from services.sharing.domain.tables import Tables
from services.sharing.storage import grants, steering
from services.sharing.usecases.authorise import grants_now, may_act
from services.sharing.usecases.find_case import Opened, find_case
from services.sharing.usecases.record import deny, hide, record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.words import OpaqueId, Principal


class SteerCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes; what is left out stays. `take`: whoever asks answers for it from now on."""

    take: bool = False
    coordinator: OpaqueId | None = None
    next_step: NextStep | None = None
    next_due: datetime | None = None
    plan: bool | None = None


class CloseCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: CloseReason


class HandOver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that one person answers for goes to another, in one step."""

    leaver: Principal
    successor: Principal


class HandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """The cases that went over."""

    case_ids: tuple[UUID, ...]


Steered = SteeringView | Denied | Hidden


async def steer_case(tx: Connection, caller: Caller, case_id: UUID, request: SteerCase, *, tables: Tables, now: datetime) -> Steered:
    """The case as it stands then, with its entry. Raises Invalid for a role that the model has not, and a day that has passed."""
    found = await _own_case(tx, caller, case_id, tables=tables, now=now)
    if isinstance(found, Hidden):
        return found
    _check(request, found, tables, now=now)
    was = await steering.lock(tx, case_id)
    if was.closed_at is not None:
        return await _denied(tx, caller, found, "case.steered", "case-closed", now=now)
    plan_since = was.plan_since if request.plan is None else (was.plan_since or now) if request.plan else None
    is_new = plan_since is not None and was.plan_since is None
    if is_new and await steering.has_other_plan(tx, found.case.organisation, found.case.subject_id, case_id):
        return await _denied(tx, caller, found, "case.steered", "plan-in-force", now=now)
    stands = msgspec.structs.replace(
        was,
        responsible=caller.principal if request.take else was.responsible,
        coordinator=request.coordinator or was.coordinator,
        next_step=request.next_step or was.next_step,
        next_due=request.next_due or was.next_due,
        plan_since=plan_since,
    )
    said = [name for name in ("take", "coordinator", "next_step", "next_due", "plan") if getattr(request, name) not in {None, False}]
    return await _settle(tx, caller, found, stands, "case.steered", said, now=now)


async def close_case(tx: Connection, caller: Caller, case_id: UUID, request: CloseCase, *, tables: Tables, now: datetime) -> Steered:
    """Ended; what has been released stays where it is, and what waits may still be fetched. Closing again changes nothing."""
    found = await _own_case(tx, caller, case_id, tables=tables, now=now)
    if isinstance(found, Hidden):
        return found
    was = await steering.lock(tx, case_id)
    if was.closed_at is not None:
        return view_steering(was, caller)
    stands = msgspec.structs.replace(was, closed_at=now, close_reason=request.reason, plan_since=None)
    return await _settle(tx, caller, found, stands, "case.closed", [request.reason], now=now)


async def reopen_case(tx: Connection, caller: Caller, case_id: UUID, *, tables: Tables, now: datetime) -> Steered:
    """Open again, and whoever opens it answers for it."""
    found = await _own_case(tx, caller, case_id, tables=tables, now=now)
    if isinstance(found, Hidden):
        return found
    was = await steering.lock(tx, case_id)
    if was.closed_at is None:
        return view_steering(was, caller)
    stands = msgspec.structs.replace(was, closed_at=None, close_reason=None, responsible=caller.principal)
    return await _settle(tx, caller, found, stands, "case.reopened", [], now=now)


async def hand_over(tx: Connection, caller: Caller, request: HandOver, *, tables: Tables, now: datetime) -> HandedOver | Denied:
    """All open cases of somebody who leaves, to a successor whose grants reach every one of them; one entry for each case.

    Whoever leaves may do it themselves, else an administrator of the organisation. All or nothing: raises Invalid when a case is
    out of the successor's reach.
    """
    organisation = caller.organisation or ""
    held = await grants_now(tx, caller, now=now)
    if caller.principal != request.leaver and not any(grant.role == ADMINISTRATOR for grant in held):
        return await deny(tx, caller, "case.handed-over", "not-an-administrator", now=now)
    theirs = [grant for grant in await grants.of_principal(tx, request.successor, organisation) if grant.holds(now)]
    theirs = [grant for grant in theirs if grant.role != SYSTEM_ROLE]
    going = await steering.of_responsible(tx, organisation, request.leaver)
    if any(not may_act(theirs, row["unit"], tables.models.get(row["model"])) for row in going):
        raise Invalid("request-invalid", faults=[Fault("#/successor", "has no grant that reaches every case")])
    for row in going:
        was = await steering.lock(tx, row["case_id"])
        await steering.save(tx, msgspec.structs.replace(was, responsible=request.successor))
        await record(
            tx,
            caller,
            "case.handed-over",
            now=now,
            subject=row["subject_id"],
            unit=row["unit"],
            case_id=row["case_id"],
            object_id=row["case_id"],
        )
    if not going:
        await record(tx, caller, "case.handed-over", now=now, reasons=("no-cases",))
    return HandedOver(case_ids=tuple(row["case_id"] for row in going))


def view_steering(stands: Steering, caller: Caller) -> SteeringView:
    """As this caller may see it: principals stay here."""
    shown = {name: getattr(stands, name) for name in Steering.__struct_fields__ if name != "responsible"}
    mine = stands.responsible == caller.principal
    return SteeringView(status=stands.status, mine=mine, has_responsible=stands.responsible is not None, **shown)


async def _own_case(tx: Connection, caller: Caller, case_id: UUID, *, tables: Tables, now: datetime) -> Opened | Hidden:
    found = await find_case(tx, caller, case_id, tables=tables, now=now)
    if isinstance(found, Opened) and found.case.organisation != caller.organisation:
        return await hide(tx, caller, owner=found.case.organisation, now=now, object_id=case_id, case_id=case_id)
    return found


def _check(request: SteerCase, found: Opened, tables: Tables, *, now: datetime) -> None:
    faults = []
    if request.coordinator is not None and request.coordinator not in tables.models[found.case.model].roles:
        faults.append(Fault("#/coordinator", "is no role of the model"))
    if request.next_due is not None and request.next_due <= now:
        faults.append(Fault("#/next_due", "must lie ahead"))
    if faults:
        raise Invalid("request-invalid", faults=faults)


async def _denied(tx: Connection, caller: Caller, found: Opened, action: str, code: str, *, now: datetime) -> Denied:
    case = found.case
    return await deny(
        tx, caller, action, code, now=now, case_id=case.case_id, object_id=case.case_id, unit=case.unit, subject=case.subject_id
    )


async def _settle(
    tx: Connection, caller: Caller, found: Opened, stands: Steering, action: str, said: Iterable[str], *, now: datetime
) -> SteeringView:
    await steering.save(tx, stands)
    case = found.case
    await record(
        tx,
        caller,
        action,
        now=now,
        subject=case.subject_id,
        unit=case.unit,
        reasons=tuple(said),
        purpose=case.purpose,
        model=case.model,
        case_id=case.case_id,
        object_id=case.case_id,
    )
    return view_steering(stands, caller)
