"""Two persons strike out what was registered by mistake: the first word pauses it at once, the second ends it for good."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.consent.domain.consent import Ending, State
from services.consent.domain.life import Act, PauseReason, StrikeReason
from services.consent.domain.request import Strike
from services.consent.storage import life
from services.consent.usecases.change_rows import Why, keep_stop, stop_because
from services.consent.usecases.hold_consent import Held, HeldRow, hold_consent, record_act
from services.consent.usecases.means import Means
from services.consent.usecases.notify_family import notify_family
from services.consent.usecases.pause_consent import pause_rows
from shared.auth import Caller
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError
from shared.ids import new_id

SECOND_WITHIN = timedelta(days=14)
"""How long the first word pauses a row; without a second word what the family gave holds again after it."""

HELD = frozenset({State.GRANTED, State.PAUSED})


class ConsentStruck(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `second-person-needed`, then `being-confirmed` until sharing's word, then `struck-out`."""

    consent_id: UUID
    state: str
    rows: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Struck:
    """The view before sharing's word, and what sharing must confirm."""

    view: ConsentStruck
    stops: tuple[Stop, ...] = ()


async def strike_consent(
    tx: Connection, means: Means, caller: Caller, consent_id: UUID, row: int | None, reason: StrikeReason, *, now: datetime
) -> Struck | AppError:
    """Called by one, then by another, for the same rows; the same person again changes nothing. The guard demands persons at LoA 3.

    What is struck out can still be read, with the day until which it was valid.
    """
    held = await hold_consent(tx, means, caller, consent_id, row, Act.STRIKE_OUT, now=now)
    if isinstance(held, AppError):
        return held
    earlier = {one.asked.row_number: await life.strike(tx, consent_id, one.asked.row_number) for one in held.rows}
    new = _part(held, [one for one in held.rows if earlier[one.asked.row_number] is None])
    seconded = _part(held, [one for one in held.rows if _by_another(earlier[one.asked.row_number], caller)])
    first = await _propose(tx, caller, new, consent_id, reason, now=now) if new.rows else ()
    second = await _strike(tx, caller, seconded, consent_id, reason, now=now) if seconded.rows else ()
    whole = len(seconded.rows) == len(held.rows)
    state = "being-confirmed" if whole and second else "struck-out" if whole else "second-person-needed"
    rows = tuple(one.asked.row_number for one in held.rows)
    return Struck(view=ConsentStruck(consent_id=consent_id, state=state, rows=rows), stops=(*first, *second))


def _part(held: Held, rows: list[HeldRow]) -> Held:
    return Held(request=held.request, child=held.child, rows=tuple(rows))


def _by_another(strike: Strike | None, caller: Caller) -> bool:
    return strike is not None and strike.proposed_by != caller.principal


async def _propose(
    tx: Connection, caller: Caller, held: Held, consent_id: UUID, reason: StrikeReason, *, now: datetime
) -> tuple[Stop, ...]:
    for one in held.rows:
        strike = Strike(
            strike_id=new_id(now),
            consent_id=consent_id,
            row_number=one.asked.row_number,
            reason=reason,
            proposed_by=caller.principal,
            proposed_at=now,
        )
        await life.propose_strike(tx, strike)
    await record_act(tx, caller, held, consent_id, Act.QUESTION, (reason,), now=now)
    holding = _part(held, [one for one in held.rows if one.state in HELD])
    until = max([now + SECOND_WITHIN, *(one.row.valid_from for one in holding.rows)])
    if not holding.rows:
        return ()
    return await pause_rows(tx, caller, holding, consent_id, PauseReason.REGISTRATION_QUESTIONED, until, now=now)


async def _strike(tx: Connection, caller: Caller, held: Held, consent_id: UUID, reason: StrikeReason, *, now: datetime) -> tuple[Stop, ...]:
    why = Why(ending=Ending.STRUCK_OUT, reason=reason, recorded_by=caller.principal)
    for one in held.rows:
        await life.confirm_strike(tx, consent_id, one.asked.row_number, caller.principal, now=now)
        await life.lift_pauses(tx, one.asked.key, caller.principal, reason=PauseReason.REGISTRATION_QUESTIONED, now=now)
        if one.state not in HELD:
            await keep_stop(tx, consent_id, one.asked.row_number, why, now=now)
    stops = await stop_because(tx, [one.row for one in held.rows if one.state in HELD], why, now=now)
    await record_act(tx, caller, held, consent_id, Act.STRIKE_OUT, (reason,), now=now)
    await notify_family(tx, held, consent_id, "struck-out", now=now)
    return stops
