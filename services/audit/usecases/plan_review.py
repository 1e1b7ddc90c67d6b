"""Plan a review, and draw its sample from what was signed after the plan was fixed (audit.md 37, A36, A37)."""

import base64
from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import timestamp
from services.audit.domain.log import Log, LogBrokenError, year_of
from services.audit.domain.review import Plan
from services.audit.domain.sampling import FORMAT, Drawn, Scope, Urn
from services.audit.storage import entries, logs, reviews
from services.audit.storage.checkpoints import Signed
from services.audit.usecases.name_people import Wanted, name_people
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from services.audit.usecases.search_entries import as_seen
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError, Conflict, NotFound, Unavailable
from shared.ids import new_id

_STEP = 1024


class WantedReview(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be reviewed: this year's log up to now, within a time, of one unit or all."""

    organisation: str
    since: datetime
    until: datetime
    share: int
    due: datetime
    unit: str | None = None


class Seed(msgspec.Struct, frozen=True, kw_only=True):
    """The checkpoint that decided."""

    size: int
    root: str
    note: str


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """A sample with all that somebody else needs to draw it again: `samsyn-verify sample`."""

    format: str
    origin: str
    plan_id: str
    plan_index: int
    scope: tuple[str, ...]
    seed: Seed
    drawn: tuple[Drawn, ...]


async def plan_review(tx: Connection, keeper: Keeper, caller: Caller, wanted: WantedReview, *, now: datetime) -> Plan | AppError:
    """Fix what is reviewed. From the commit on nothing about it can be changed; what is drawn nobody knows yet."""
    log = await logs.find(tx, wanted.organisation, year_of(now))
    if log is None or not await may_read(tx, caller, wanted.organisation, now=now):
        await record_refusal(tx, keeper, caller, wanted.organisation if log else None, now=now)
        return NotFound()
    plan_id = new_id(now)
    state = (await logs.lock(tx, [log.log_id]))[log.log_id]
    scope = Scope(upto=state.size, since=wanted.since, until=wanted.until, share=wanted.share, unit=wanted.unit)
    query = (*scope.said(), f"due={timestamp(wanted.due)}")
    entry_id = await record_reading(tx, keeper, caller, log.organisation, "review.planned", object_id=plan_id, query=query, now=now)
    entry = await entries.find(tx, entry_id)
    if entry is None:
        raise LogBrokenError(log.log_id, "row-missing", state.size)
    plan = Plan(
        plan_id=plan_id,
        organisation=log.organisation,
        log_id=log.log_id,
        plan_index=entry.entry_index,
        planned_by=await token_in(tx, keeper, log, caller),
        unit=wanted.unit,
        since=wanted.since,
        until=wanted.until,
        share=wanted.share,
        upto=state.size,
        due=wanted.due,
        planned_at=now,
    )
    await reviews.insert(tx, plan)
    return plan


async def draw_sample(tx: Connection, keeper: Keeper, caller: Caller, plan_id: UUID, *, now: datetime) -> Draw | AppError:
    """Draw the sample, or give it again as it was drawn. Unavailable for the second until a checkpoint covers the plan's entry."""
    plan, log = await find_plan(tx, keeper, caller, plan_id, now=now)
    if plan is None or log is None:
        return NotFound()
    signed = await reviews.first_signed_above(tx, log.log_id, plan.plan_index)
    if signed is None:
        return Unavailable()
    if plan.drawn_at is None:
        drawn = await _draw(tx, log, plan, signed.root)
        await reviews.save_draw(tx, plan_id, signed.size, drawn, now=now)
        query = (f"seed={signed.size}",)
        await record_reading(
            tx, keeper, caller, log.organisation, "review.drawn", object_id=plan_id, query=query, count=len(drawn), now=now
        )
        return _view(log, plan, signed, drawn)
    if plan.seed_size != signed.size:
        return Conflict("review-out-of-order")
    kept = [Drawn(index=item.entry_index, unit=item.unit, why=item.why) for item in await reviews.items(tx, plan_id)]
    await record_reading(tx, keeper, caller, log.organisation, "review.read", object_id=plan_id, count=len(kept), now=now)
    return _view(log, plan, signed, kept)


async def find_plan(
    tx: Connection, keeper: Keeper, caller: Caller, plan_id: UUID, *, now: datetime
) -> tuple[Plan, Log] | tuple[None, None]:
    """The plan and its log for the organisation's officer; else nothing, and an entry of the refusal."""
    plan = await reviews.lock(tx, plan_id)
    log = await logs.find_by_id(tx, plan.log_id) if plan else None
    if plan is None or log is None or not await may_read(tx, caller, plan.organisation, now=now):
        owner = plan.organisation if plan else None
        await record_refusal(tx, keeper, caller, owner, object_id=plan_id if plan else None, now=now)
        return None, None
    return plan, log


async def token_in(tx: Connection, keeper: Keeper, log: Log, caller: Caller) -> bytes:
    """Who the caller is in this log; made where they never acted there."""
    await logs.lock(tx, [log.log_id])
    wanted = Wanted(log, "actor", caller.principal)
    return (await name_people(tx, keeper, [wanted]))[wanted].token


async def _draw(tx: Connection, log: Log, plan: Plan, seed: bytes) -> list[Drawn]:
    urn = Urn(seed, str(plan.plan_id), plan.scope)
    for low in range(0, plan.upto, _STEP):
        rows = await entries.between(tx, log.year, log.log_id, low, min(low + _STEP, plan.upto))
        urn.put((seen.index, seen.leaf) for seen in map(as_seen, rows) if seen.leaf is not None)
    return urn.draw()


def _view(log: Log, plan: Plan, signed: Signed, drawn: list[Drawn]) -> Draw:
    return Draw(
        format=FORMAT,
        origin=log.origin,
        plan_id=str(plan.plan_id),
        plan_index=plan.plan_index,
        scope=plan.scope.said(),
        seed=Seed(size=signed.size, root=base64.b64encode(signed.root).decode(), note=signed.note.decode()),
        drawn=tuple(drawn),
    )
