"""Say that a year of an organisation's log is past its time: what would be destroyed, one officer's word, another's (audit.md 33, 34)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log, year_of
from services.audit.domain.retention import Blocker, Progress, Retirement, State, due_on
from services.audit.storage import checkpoints, logs, retention
from services.audit.usecases.keep_held import kept_in
from services.audit.usecases.open_log import open_log
from services.audit.usecases.plan_review import token_in
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.database import Connection
from shared.errors import AppError, Conflict, NotFound
from shared.ids import new_id


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What thinning would do now. Entries, hashes and checkpoints stay; so every proof holds."""

    year: int
    due_on: date
    entries: int
    keys: int
    """Persons whom the log could name no more, counted in each log of the year."""
    parts: int
    kept: int
    """Of the keys, those that a hold keeps: they go when it is lifted."""
    blockers: tuple[Blocker, ...]


class Retiring(msgspec.Struct, frozen=True, kw_only=True):
    """How far one year is."""

    retirement: Retirement
    logs: tuple[Progress, ...]


async def preview_retirement(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, year: int, *, now: datetime
) -> Foreseen | AppError:
    """A dry run: it counts and changes nothing."""
    found = await _own_logs(tx, keeper, caller, organisation, year, now=now)
    if isinstance(found, AppError):
        return found
    foreseen = await _foresee(tx, keeper, found, organisation, year, now=now)
    query = (f"year={year}",)
    await record_reading(tx, keeper, caller, organisation, "retention.previewed", query=query, count=foreseen.keys, now=now)
    return foreseen


async def propose_retirement(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, year: int, decision: str, *, now: datetime
) -> Retiring | AppError:
    """The first officer's word, with the number of the organisation's decision. Conflict names what stands against it."""
    found = await _own_logs(tx, keeper, caller, organisation, year, now=now)
    if isinstance(found, AppError):
        return found
    blockers = (await _foresee(tx, keeper, found, organisation, year, now=now)).blockers
    if blockers:
        return Conflict("retention-blocked", " ".join(blockers))
    current = await open_log(tx, keeper, organisation, year_of(now), now=now)
    if current is None:
        return NotFound()
    one = Retirement(
        retirement_id=new_id(now),
        organisation=organisation,
        year=year,
        decision=decision,
        state=State.PROPOSED,
        log_id=current.log_id,
        proposed_by=await token_in(tx, keeper, current, caller),
        proposed_at=now,
        changed_at=now,
    )
    if not await retention.insert(tx, one, [log.log_id for log in found]):
        return Conflict("retention-blocked", Blocker.ALREADY_PROPOSED)
    await _said(tx, keeper, caller, one, "retention.proposed", now=now)
    return await _retiring(tx, one)


async def confirm_retirement(tx: Connection, keeper: Keeper, caller: Caller, retirement_id: UUID, *, now: datetime) -> Retiring | AppError:
    """Another officer's word: from now on it is done, and cannot be undone."""
    one = await retention.lock(tx, retirement_id)
    log = await logs.find_by_id(tx, one.log_id) if one else None
    if one is None or log is None or not await may_read(tx, caller, one.organisation, now=now):
        await record_refusal(tx, keeper, caller, one.organisation if one else None, object_id=retirement_id if one else None, now=now)
        return NotFound()
    if one.state is not State.PROPOSED:
        return Conflict("retention-blocked", Blocker.ALREADY_PROPOSED)
    mine = await token_in(tx, keeper, log, caller)
    if mine == one.proposed_by:
        return Conflict("another-officer-needed")
    found = [log for log in await logs.of_organisation(tx, one.organisation) if log.year == one.year]
    against = (await _foresee(tx, keeper, found, one.organisation, one.year, now=now)).blockers
    if blockers := [blocker for blocker in against if blocker is not Blocker.ALREADY_PROPOSED]:
        return Conflict("retention-blocked", " ".join(blockers))
    one = msgspec.structs.replace(one, state=State.CONFIRMED, confirmed_by=mine, changed_at=now)
    await retention.save(tx, one, now)
    await _said(tx, keeper, caller, one, "retention.confirmed", now=now)
    return await _retiring(tx, one)


async def list_retirements(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, *, now: datetime
) -> list[Retiring] | AppError:
    """The newest year first, with how far each is. The reading is an entry."""
    known = await logs.of_organisation(tx, organisation)
    if not known or not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation if known else None, now=now)
        return NotFound()
    found = [await _retiring(tx, one) for one in await retention.of_organisation(tx, organisation)]
    await record_reading(tx, keeper, caller, organisation, "retention.listed", count=len(found), now=now)
    return found


async def _own_logs(tx: Connection, keeper: Keeper, caller: Caller, organisation: str, year: int, *, now: datetime) -> list[Log] | AppError:
    """All parts of the year, for the organisation's officer alone."""
    found = [log for log in await logs.of_organisation(tx, organisation) if log.year == year]
    if not found or not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation if found else None, now=now)
        return NotFound()
    return found


async def _foresee(tx: Connection, keeper: Keeper, found: Sequence[Log], organisation: str, year: int, *, now: datetime) -> Foreseen:
    due = due_on(year, keeper.retention_years)
    size, keys, parts, kept, whole = 0, 0, 0, 0, True
    for log in found:
        signed, state = await checkpoints.last(tx, log.log_id), await logs.state(tx, log.log_id)
        own = await retention.keys(tx, log.log_id)
        size, keys, parts = size + state.size, keys + len(own), parts + await retention.count_parts(tx, log)
        kept += len(own & await kept_in(tx, keeper, log))
        whole = whole and signed is not None and signed.size == state.size
    against = {
        Blocker.NOT_DUE: now.astimezone(STOCKHOLM).date() < due,
        Blocker.NOT_SIGNED: not whole,
        Blocker.STOPPED: bool(await logs.halted(tx, [log.log_id for log in found])),
        Blocker.ALREADY_PROPOSED: await retention.is_proposed(tx, organisation, year),
    }
    blockers = tuple(blocker for blocker, stands in against.items() if stands)
    return Foreseen(year=year, due_on=due, entries=size, keys=keys, parts=parts, kept=kept, blockers=blockers)


async def _retiring(tx: Connection, one: Retirement) -> Retiring:
    return Retiring(retirement=one, logs=tuple(await retention.progress(tx, one.retirement_id)))


async def _said(tx: Connection, keeper: Keeper, caller: Caller, one: Retirement, action: str, *, now: datetime) -> None:
    query = (f"year={one.year}", f"decision={one.decision}")
    await record_reading(tx, keeper, caller, one.organisation, action, object_id=one.retirement_id, query=query, now=now)
