"""The holder pauses what it has been given, and lifts the pause: nothing is released while it lasts."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import agreed, latest
from services.consent.domain.life import Act, PauseReason
from services.consent.domain.periods import day_of, end_of
from services.consent.domain.request import Pause
from services.consent.storage import holds, life
from services.consent.usecases.change_rows import hold_rows, write_rows
from services.consent.usecases.hold_consent import Held, hold_consent, record_act, refuse
from services.consent.usecases.means import Means
from services.consent.usecases.notify_family import notify_family
from shared.auth import Caller
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Conflict, Fault, Invalid
from shared.ids import new_id


class ConsentPaused(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `paused` on sharing's word, `being-confirmed` before it, `resumed`."""

    consent_id: UUID
    state: str
    rows: tuple[int, ...]
    until: datetime | None = None
    """Exclusive."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paused:
    """The view before sharing's word, and what sharing must confirm."""

    view: ConsentPaused
    stops: tuple[Stop, ...] = ()


async def pause_consent(
    tx: Connection, means: Means, caller: Caller, consent_id: UUID, row: int | None, reason: PauseReason, last_day: date, *, now: datetime
) -> Paused | AppError:
    """Pause each row that holds, until after `last_day`; a row's end is not moved. Conflict when no row holds.

    The pause belongs to the row: what the family gives anew meanwhile holds from the pause's end.
    """
    if reason in {PauseReason.REGISTRATION_QUESTIONED, PauseReason.RESTRICTED}:
        raise Invalid("request-invalid", faults=[Fault("#/reason", "it is set by striking out, or by restricting, and not by hand")])
    if last_day < day_of(now):
        raise Invalid("request-invalid", faults=[Fault("#/last_day", "the day has passed")])
    held = await hold_consent(tx, means, caller, consent_id, row, Act.PAUSE, now=now)
    if isinstance(held, AppError):
        return held
    until = end_of(last_day)
    stops = await pause_rows(tx, caller, held, consent_id, reason, until, now=now)
    await record_act(tx, caller, held, consent_id, Act.PAUSE, (reason,), now=now)
    await notify_family(tx, held, consent_id, "paused", now=now)
    rows = tuple(one.asked.row_number for one in held.rows)
    return Paused(view=ConsentPaused(consent_id=consent_id, state="being-confirmed", rows=rows, until=until), stops=stops)


async def pause_rows(
    tx: Connection, caller: Caller, held: Held, consent_id: UUID, reason: PauseReason, until: datetime, *, now: datetime
) -> tuple[Stop, ...]:
    """Keep the pauses and hold the rows, through the barrier."""
    for one in held.rows:
        pause = Pause(
            pause_id=new_id(now),
            consent_id=consent_id,
            row_number=one.asked.row_number,
            reason=reason,
            paused_by=caller.principal,
            paused_at=now,
            until=until,
        )
        await life.add_pause(tx, pause, one.asked.key)
    return await hold_rows(tx, [one.row for one in held.rows], until, now=now)


async def resume_consent(
    tx: Connection, means: Means, caller: Caller, consent_id: UUID, row: int | None, *, now: datetime
) -> Paused | AppError:
    """Lift the pause of each paused row; it holds again from now when everybody's yes is still there. The guard demands a person."""
    held = await hold_consent(tx, means, caller, consent_id, row, Act.RESUME, now=now)
    if isinstance(held, AppError):
        return held
    if await holds.is_restricted(tx, held.request.child_id):
        conflict = Conflict("consent-state", "The state is restricted.")
        return await refuse(tx, caller, held.request, consent_id, f"consent.{Act.RESUME}", conflict, now=now)
    for one in held.rows:
        await life.lift_pauses(tx, one.asked.key, caller.principal, now=now)
    again = [one.row for one in held.rows if agreed(one.facts.record.who, latest(one.facts.record.standings))]
    await write_rows(tx, [msgspec.structs.replace(one, valid_from=now) for one in again], now=now)
    await record_act(tx, caller, held, consent_id, Act.RESUME, (), now=now)
    await notify_family(tx, held, consent_id, "resumed", now=now)
    return Paused(view=ConsentPaused(consent_id=consent_id, state="resumed", rows=tuple(one.asked.row_number for one in held.rows)))
