"""How far an organisation's reviews are: due, done, late, how much of each unit was looked at, what is open (A39)."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.review import Item, Plan, Standing
from services.audit.storage import entries, reviews
from services.audit.usecases.plan_review import find_plan
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from services.audit.usecases.search_entries import Seen, as_seen
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError, NotFound


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of one plan: how many entries are in the sample, and how many of them wait for somebody."""

    unit: str
    sampled: int
    waiting: int
    """Nobody has looked at it yet."""
    open: int
    """Asked, or answered and not signed."""
    signed: int


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """One plan and how far it is. `late`: past its day, and not everything is signed."""

    plan: Plan
    units: tuple[Covered, ...]
    done: bool
    late: bool


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn entry with the act that it is about."""

    plan: Plan
    item: Item
    seen: Seen | None
    """None when the row is missing."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A plan with every entry of its sample."""

    plan: Plan
    items: tuple[Item, ...]


async def list_reviews(tx: Connection, keeper: Keeper, caller: Caller, organisation: str, *, now: datetime) -> list[Progress] | AppError:
    """The newest plans first."""
    if not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation, now=now)
        return NotFound()
    plans = await reviews.of_organisation(tx, organisation)
    standing = await reviews.standing(tx, organisation)
    await record_reading(tx, keeper, caller, organisation, "reviews.listed", count=len(plans), now=now)
    return [progress_of(plan, [one for one in standing if one.plan_id == plan.plan_id], now) for plan in plans]


async def read_review(tx: Connection, keeper: Keeper, caller: Caller, plan_id: UUID, *, now: datetime) -> Sample | AppError:
    """One plan with its sample and where each entry stands."""
    plan, _ = await find_plan(tx, keeper, caller, plan_id, now=now)
    if plan is None:
        return NotFound()
    found = await reviews.items(tx, plan_id)
    await record_reading(tx, keeper, caller, plan.organisation, "review.read", object_id=plan_id, count=len(found), now=now)
    return Sample(plan=plan, items=tuple(found))


async def read_finding(tx: Connection, keeper: Keeper, caller: Caller, plan_id: UUID, index: int, *, now: datetime) -> Finding | AppError:
    """One drawn entry, to be looked at."""
    plan, log = await find_plan(tx, keeper, caller, plan_id, now=now)
    item = await reviews.lock_item(tx, plan_id, index) if plan else None
    if plan is None or log is None or item is None:
        return NotFound()
    rows = await entries.between(tx, log.year, log.log_id, index, index + 1)
    await record_reading(tx, keeper, caller, plan.organisation, "finding.read", object_id=plan_id, query=(f"index={index}",), now=now)
    return Finding(plan=plan, item=item, seen=as_seen(rows[0]) if rows else None)


def progress_of(plan: Plan, standing: list[Standing], now: datetime) -> Progress:
    """How far a plan is, by unit."""
    by_unit: dict[str, dict[str, int]] = {}
    for one in standing:
        by_unit.setdefault(one.unit, {})[one.state] = one.number
    units = tuple(
        Covered(
            unit=unit,
            sampled=sum(states.values()),
            waiting=states.get("drawn", 0),
            open=states.get("asked", 0) + states.get("answered", 0),
            signed=states.get("signed", 0),
        )
        for unit, states in by_unit.items()
    )
    done = plan.drawn_at is not None and all(unit.signed == unit.sampled for unit in units)
    return Progress(plan=plan, units=units, done=done, late=not done and plan.due < now)
