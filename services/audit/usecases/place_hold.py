"""Lay and lift a hold on what the logs of an organisation have of a child or a case; two officers for each (audit.md 30, A27)."""

import secrets
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from services.audit.domain.holds import REASONS, Hold, Kind, Reason, State
from services.audit.domain.keeper import Keeper
from services.audit.domain.log import year_of
from services.audit.domain.vault import NONCE_SIZE
from services.audit.storage import holds, logs
from services.audit.usecases.keep_held import seal_child
from services.audit.usecases.open_log import open_log
from services.audit.usecases.plan_review import token_in
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.database import Connection
from shared.errors import AppError, Conflict, Fault, Invalid, NotFound
from shared.ids import new_id

MOST: Final = 200
_replace = msgspec.structs.replace


class NewHold(msgspec.Struct, frozen=True, kw_only=True):
    """What to lay: on a child whom consent has found, or on a case."""

    organisation: str
    kind: Kind
    reason: Reason
    review_on: date
    subject_id: UUID | None = None
    case_id: UUID | None = None


async def place_hold(tx: Connection, keeper: Keeper, caller: Caller, wanted: NewHold, *, now: datetime) -> Hold | AppError:
    """The first officer's word: from now on nothing is destroyed. Another's makes views leave it out.

    Raises Invalid for a reason of the other kind and for a day that is not to come.
    """
    _check(wanted, now)
    known = await logs.of_organisation(tx, wanted.organisation)
    if not known or not await may_read(tx, caller, wanted.organisation, now=now):
        await record_refusal(tx, keeper, caller, wanted.organisation if known else None, now=now)
        return NotFound()
    await holds.stand_still(tx)
    log = await open_log(tx, keeper, wanted.organisation, year_of(now), now=now)
    if log is None:
        return NotFound()
    hold = Hold(
        hold_id=new_id(now),
        organisation=wanted.organisation,
        log_id=log.log_id,
        kind=wanted.kind,
        reason=wanted.reason,
        case_id=wanted.case_id,
        review_on=wanted.review_on,
        state=State.PROPOSED,
        placed_by=await token_in(tx, keeper, log, caller),
        placed_at=now,
        changed_at=now,
    )
    box = None
    if wanted.subject_id is not None:
        box = seal_child(keeper, wanted.organisation, hold.hold_id, wanted.subject_id, secrets.token_bytes(NONCE_SIZE))
    await holds.insert(tx, hold, box)
    query = (f"kind={wanted.kind}", f"reason={wanted.reason}", f"review_on={wanted.review_on}")
    await record_reading(tx, keeper, caller, wanted.organisation, "log-hold.proposed", object_id=hold.hold_id, query=query, now=now)
    return hold


async def confirm_hold(tx: Connection, keeper: Keeper, caller: Caller, hold_id: UUID, *, now: datetime) -> Hold | AppError:
    """Another officer's word: in force. Conflict for the one who proposed it, and for one that is past that."""
    hold, mine = await _find(tx, keeper, caller, hold_id, now=now)
    if hold is None:
        return NotFound()
    if hold.state is not State.PROPOSED:
        return Conflict("hold-state")
    if mine == hold.placed_by:
        return Conflict("another-officer-needed")
    return await _save(
        tx, keeper, caller, _replace(hold, state=State.IN_FORCE, confirmed_by=mine, changed_at=now), "log-hold.confirmed", now=now
    )


async def lift_hold(tx: Connection, keeper: Keeper, caller: Caller, hold_id: UUID, *, now: datetime) -> Hold | AppError:
    """The first officer's word changes nothing; another's lifts. A proposal that nobody confirmed is lifted so too."""
    hold, mine = await _find(tx, keeper, caller, hold_id, now=now)
    if hold is None:
        return NotFound()
    if hold.state is State.LIFTED:
        return Conflict("hold-state")
    first = hold.placed_by if hold.state is State.PROPOSED else hold.lift_by
    if mine == first:
        return Conflict("another-officer-needed")
    if hold.state is State.IN_FORCE:
        proposed = _replace(hold, state=State.LIFT_PROPOSED, lift_by=mine, changed_at=now)
        return await _save(tx, keeper, caller, proposed, "log-hold.lift-proposed", now=now)
    return await _save(tx, keeper, caller, _replace(hold, state=State.LIFTED, lifted_by=mine, changed_at=now), "log-hold.lifted", now=now)


async def list_holds(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, *, lifted: bool, now: datetime
) -> list[Hold] | AppError:
    """Newest first. Which child one is on is not among it. The reading is an entry."""
    known = await logs.of_organisation(tx, organisation)
    if not known or not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation if known else None, now=now)
        return NotFound()
    found = await holds.of_organisation(tx, organisation, lifted=lifted, most=MOST)
    await record_reading(tx, keeper, caller, organisation, "log-hold.listed", count=len(found), now=now)
    return found


def _check(wanted: NewHold, now: datetime) -> None:
    faults = []
    if wanted.reason not in REASONS[wanted.kind]:
        faults.append(Fault("#/reason", "not a reason for this kind"))
    if wanted.review_on <= now.astimezone(STOCKHOLM).date():
        faults.append(Fault("#/review_on", "not a day to come"))
    if (wanted.subject_id is None) == (wanted.case_id is None):
        faults.append(Fault("#/case_id", "a child or a case, and not both"))
    if faults:
        raise Invalid("request-invalid", faults=faults)


async def _find(tx: Connection, keeper: Keeper, caller: Caller, hold_id: UUID, *, now: datetime) -> tuple[Hold | None, bytes]:
    """The hold, and the caller's token in its log; nothing for whoever is not the organisation's officer, which is an entry."""
    hold = await holds.lock(tx, hold_id)
    log = await logs.find_by_id(tx, hold.log_id) if hold else None
    if hold is None or log is None or not await may_read(tx, caller, hold.organisation, now=now):
        await record_refusal(tx, keeper, caller, hold.organisation if hold else None, object_id=hold_id if hold else None, now=now)
        return None, b""
    return hold, await token_in(tx, keeper, log, caller)


async def _save(tx: Connection, keeper: Keeper, caller: Caller, hold: Hold, action: str, *, now: datetime) -> Hold:
    await holds.save(tx, hold, now)
    await record_reading(tx, keeper, caller, hold.organisation, action, object_id=hold.hold_id, now=now)
    return hold
