"""The guard against mass disclosure: each question about a named child, each permit, telling and release counts; told once, lifted."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from services.sharing.domain.limits import Lift, LimitKind, Limits, is_over
from services.sharing.domain.matters import NEVER_STOPPED
from services.sharing.domain.outcomes import Denied, Hidden, Limited
from services.sharing.storage import limits, register
from services.sharing.usecases.administer import may_administer, remember
from services.sharing.usecases.record import deny, hide, record
from shared import logs, outbox
from shared.auth import Caller, Kind
from shared.contracts.sharing import LimitReached
from shared.database import Connection, Database
from shared.words import OpaqueId, Principal

Most = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class LiftReason(StrEnum):
    """Why more than usual is right today."""

    WHOLE_CLASS = "whole-class"
    HANDOVER = "handover"
    REORGANISATION = "reorganisation"
    EMERGENCY = "emergency"
    OTHER = "other"


class SetLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organisation's own limits: different children a day, acts an hour."""

    organisation: OpaqueId
    unit_children: Most
    person_children: Most
    unit_acts: Most
    person_acts: Most


class LiftLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom the limit is lifted until midnight: one unit, or one person."""

    organisation: OpaqueId
    reason: LiftReason
    unit: OpaqueId | None = None
    person: Principal | None = None


async def limit_act(
    tx: Connection, caller: Caller, units: Iterable[str], subject_id: UUID, purpose: str, *, now: datetime
) -> Limited | None:
    """Count it; what goes beyond is refused and recorded, and the organisation is told once a day. None: it may go on.

    A report of concern is a duty and an emergency waits for nobody (DESIGN 8 d): neither is counted. What a lifted limit lets through is.
    Whoever holds a row of consent asks last, so that what is counted also goes, and never locks another row after it.
    """
    if purpose in NEVER_STOPPED or caller.organisation is None:
        return None
    whose = [(LimitKind.UNIT, unit) for unit in dict.fromkeys(units)]
    if caller.kind is Kind.PERSON:
        whose.append((LimitKind.PERSON, caller.principal))
    counted = await limits.count(tx, caller.organisation, whose, subject_id, now=now)
    shipped = Limits(organisation=caller.organisation)
    over = [one for one in counted if is_over(one, shipped) and not await limits.is_lifted(tx, caller.organisation, one, now=now)]
    if not over:
        return None
    await limits.uncount_child(tx, [one for one in counted if one.fresh], subject_id, now=now)
    unit = whose[0][1] if whose[0][0] is LimitKind.UNIT else None
    for one in over:
        if await limits.alarm_once(tx, caller.organisation, one, now=now):
            logs.line("limit.reached", organisation=caller.organisation)
            await outbox.notify(tx, caller.organisation, LimitReached(kind=one.kind, unit=unit, at=now), now=now)
    await deny(tx, caller, "disclosure.limited", "limit-reached", now=now, unit=unit, subject=subject_id)
    return Limited(kind=over[0].kind)


async def set_limits(tx: Connection, caller: Caller, request: SetLimits, *, now: datetime) -> Limits | Denied | Hidden:
    """The organisation's administrator may."""
    if not await may_administer(tx, caller, request.organisation, now=now):
        return await deny(tx, caller, "limits.set", "not-an-administrator", now=now)
    if await register.lock_organisation(tx, request.organisation) is None:
        return await hide(tx, caller, owner=None, now=now)
    before, after = await limits.find(tx, request.organisation), Limits(**msgspec.structs.asdict(request))
    if before != after:
        await limits.save(tx, after)
        name = request.organisation
        await remember(tx, caller, "limits.set", "limits", name, organisation=name, before=before, after=after, now=now)
        await record(tx, caller, "limits.set", now=now, organisation=name)
    return after


async def lift_limit(tx: Connection, caller: Caller, request: LiftLimit, *, now: datetime) -> Lift | Denied | Hidden:
    """For the rest of the day, by another administrator than the person it is lifted for."""
    kind, value = (LimitKind.UNIT, request.unit) if request.unit is not None else (LimitKind.PERSON, request.person)
    if not await may_administer(tx, caller, request.organisation, now=now):
        return await deny(tx, caller, "limit.lifted", "not-an-administrator", now=now)
    if value == caller.principal:
        return await deny(tx, caller, "limit.lifted", "needs-another-person", now=now)
    known = request.unit is None or request.unit in {unit.unit for unit in await register.units_of(tx, request.organisation)}
    if value is None or not known:
        return await hide(tx, caller, owner=None, now=now)
    lift = Lift(
        organisation=request.organisation,
        kind=kind,
        value=value,
        day=limits.day_of(now),
        reason=request.reason,
        lifted_by=caller.principal,
        lifted_at=now,
    )
    if await limits.save_lift(tx, lift):
        await remember(tx, caller, "limit.lifted", "lift", value, organisation=lift.organisation, before=None, after=lift, now=now)
        await record(tx, caller, "limit.lifted", now=now, organisation=lift.organisation, unit=request.unit, reasons=(request.reason,))
    return lift


class ForgetCounts:
    """A loop: counts live two days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_once(self, now: datetime) -> None:
        """Delete what no limit looks at."""
        async with self._database.transaction() as tx:
            await limits.forget(tx, now=now)
