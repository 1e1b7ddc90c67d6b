"""Lay protected identity, or a restriction of processing, on a person: one does it at once, and two lift it (I8; GDPR art. 18)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import agreed, latest
from services.consent.domain.custody import Known, Person
from services.consent.domain.holds import BY_HAND, Hold, HoldKind, HoldReason, may_decide
from services.consent.domain.life import PauseReason
from services.consent.domain.periods import end_of
from services.consent.domain.request import Pause
from services.consent.storage import consents, custody, holds, life, organisations, people, requests
from services.consent.usecases.change_handling import change_handling
from services.consent.usecases.change_rows import hold_rows, write_rows
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.name_child import number_in
from services.consent.usecases.reevaluate_rows import reevaluate_rows
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.weigh_row import weigh_row
from shared.auth import Caller
from shared.contracts.consent import GoverningRow, RowState
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid, Refused
from shared.ids import new_id
from shared.law.codes import Regime

UNTIL_LIFTED = end_of(date(2999, 12, 31))
"""A pause always has an end; this one's is two persons' word."""


class HoldShown(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `in-force`, `second-person-needed` once one has said that it is over, `lifted`. Whom it is on is not repeated."""

    hold_id: UUID
    kind: HoldKind
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Holding:
    """The view, and what sharing must confirm as stopped."""

    view: HoldShown
    stops: tuple[Stop, ...] = ()


async def set_hold(
    tx: Connection, means: Means, caller: Caller, number: str, kind: HoldKind, reason: HoldReason, *, now: datetime
) -> Holding | AppError:
    """In force at once; the same bytes whoever it is. A guardian's protection is laid on the children in their custody too."""
    digits = number_in(number)
    if reason not in BY_HAND[kind]:
        raise Invalid("request-invalid", faults=[Fault("#/reason", "not a reason for this kind")])
    refusal = await check_grant(tx, caller, "hold.set", operator=means.operator, now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    person = await people.ensure(tx, means.vault, digits, name=None, now=now)
    hold = Hold(
        hold_id=new_id(now),
        person_id=person.person_id,
        kind=kind,
        reason=reason,
        organisation=caller.organisation,
        set_by=caller.principal,
        set_at=now,
    )
    stops = await _lay(tx, means, hold, now=now)
    if kind is HoldKind.PROTECTED:
        for child_id in await custody.children_of(tx, person.person_id):
            stops += await _lay(
                tx, means, msgspec.structs.replace(hold, hold_id=new_id(now), person_id=child_id, reason=HoldReason.GUARDIAN), now=now
            )
    await record(tx, caller, "hold.set", organisation=caller.organisation, now=now, subject=person.subject_id, object_id=hold.hold_id)
    return Holding(view=HoldShown(hold_id=hold.hold_id, kind=kind, state=hold.state), stops=stops)


async def lift_hold(tx: Connection, means: Means, caller: Caller, hold_id: UUID, *, now: datetime) -> Holding | AppError:
    """The first one's word changes nothing, another's lifts. What was paused holds again where everybody's yes is there."""
    refusal = await check_grant(tx, caller, "hold.lifted", operator=means.operator, now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    hold = await holds.lock(tx, hold_id)
    owner = caller.organisation if hold is None else hold.organisation or means.operator
    if hold is None or owner != caller.organisation:
        return await refuse_access(tx, caller, owner=owner, object_id=hold_id, now=now)
    if not may_decide(await organisations.roles(tx, caller.principal, owner, now=now), owner, means.operator):
        await record(tx, caller, "hold.lifted", organisation=owner, now=now, answer="refused", reasons=("no-grant",), object_id=hold_id)
        return Refused("no-grant")
    if hold.lifted_at is None and hold.lift_by is None:
        await holds.propose_lift(tx, hold_id, caller.principal, now=now)
        await record(tx, caller, "hold.lift-proposed", organisation=owner, now=now, object_id=hold_id)
    elif hold.lifted_at is None and hold.lift_by != caller.principal:
        await _lift(tx, means, caller, hold, now=now)
        await record(tx, caller, "hold.lifted", organisation=owner, now=now, object_id=hold_id)
    stands = await holds.lock(tx, hold_id) or hold
    return Holding(view=HoldShown(hold_id=hold_id, kind=hold.kind, state=stands.state))


async def _lay(tx: Connection, means: Means, hold: Hold, *, now: datetime) -> tuple[Stop, ...]:
    await people.lock(tx, hold.person_id)
    await holds.add(tx, hold)
    await change_handling(tx, means.vault, hold.person_id, now=now)
    person = await people.get(tx, means.vault, hold.person_id)
    if person is None:
        return ()
    if hold.kind is HoldKind.RESTRICTED:
        return await _pause(tx, person, hold, now=now)
    return await reevaluate_rows(tx, means.vault, await custody.known(tx, person), now=now)


async def _pause(tx: Connection, person: Person, hold: Hold, *, now: datetime) -> tuple[Stop, ...]:
    """Everything given for the person, through the barrier; a row's end is not moved."""
    rows = await _given(tx, person)
    for row in rows:
        if row.consent_id is None:
            continue
        pause = Pause(
            pause_id=new_id(now),
            consent_id=row.consent_id,
            row_number=await consents.row_number(tx, row.consent_id, row.key),
            reason=PauseReason.RESTRICTED,
            paused_by=hold.set_by,
            paused_at=now,
            until=UNTIL_LIFTED,
        )
        await life.add_pause(tx, pause, row.key)
    return await hold_rows(tx, rows, UNTIL_LIFTED, now=now)


async def _lift(tx: Connection, means: Means, caller: Caller, hold: Hold, *, now: datetime) -> None:
    await people.lock(tx, hold.person_id)
    await holds.lift(tx, hold.hold_id, caller.principal, now=now)
    await change_handling(tx, means.vault, hold.person_id, now=now)
    person = await people.get(tx, means.vault, hold.person_id)
    if person is None or hold.kind is not HoldKind.RESTRICTED or await holds.is_restricted(tx, hold.person_id):
        return
    known = await custody.known(tx, person)
    again = []
    for row in await _given(tx, person):
        await life.lift_pauses(tx, row.key, caller.principal, reason=PauseReason.RESTRICTED, now=now)
        if await _holds_again(tx, means, known, row, now=now):
            again.append(msgspec.structs.replace(row, valid_from=now))
    await write_rows(tx, again, now=now)


async def _holds_again(tx: Connection, means: Means, known: Known, row: GoverningRow, *, now: datetime) -> bool:
    """Not where the holder has paused it too, nor where somebody's yes is missing by now."""
    asked = await requests.latest_round(tx, row.key)
    if asked is None:
        return False
    record_of = (await weigh_row(tx, means.vault, known, row.key, Regime(asked.regime), now=now)).record
    return record_of.paused_until is None and agreed(record_of.who, latest(record_of.standings))


async def _given(tx: Connection, person: Person) -> list[GoverningRow]:
    """Locked, in the order of locking."""
    epoch, _ = await consents.feed(tx)
    found = [await consents.lock_row(tx, row.key, epoch=epoch) for row in await consents.given_rows(tx, person.subject_id, epoch=epoch)]
    return [row for row in found if row is not None and row.state is RowState.GIVEN]
