"""Counts against mass disclosure, and who lifted what: rows to structs and back."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec.structs import astuple

from services.sharing.domain.limits import Counted, Lift, LimitKind, Limits
from shared import sql
from shared.clock import STOCKHOLM
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "limits.sql")


async def count(
    tx: Connection, organisation: str, whose: Sequence[tuple[LimitKind, str]], subject_id: UUID, *, now: datetime
) -> list[Counted]:
    """Count one act about one child, in one statement."""
    ordered = sorted(whose)  # one order for everybody, so that nobody waits crosswise
    kinds, values = [kind for kind, _ in ordered], [value for _, value in ordered]
    hour = now.replace(minute=0, second=0, microsecond=0)
    rows = await tx.fetch(QUERIES["count_act"], day_of(now), hour, kinds, values, subject_id, organisation)
    return sql.structs(Counted, rows)


async def uncount_child(tx: Connection, fresh: Sequence[Counted], subject_id: UUID, *, now: datetime) -> None:
    """The act was refused: the child is not among today's."""
    kinds, values = [one.kind for one in fresh], [one.value for one in fresh]
    await tx.execute(QUERIES["uncount_child"], day_of(now), kinds, values, subject_id)


async def is_lifted(tx: Connection, organisation: str, counted: Counted, *, now: datetime) -> bool:
    """Whether a manager has lifted it for today."""
    return bool(await tx.fetchval(QUERIES["is_lifted"], organisation, counted.kind, counted.value, day_of(now)))


async def save_lift(tx: Connection, lift: Lift) -> bool:
    """Lifted; false when it was already."""
    return await tx.fetchval(QUERIES["save_lift"], *astuple(lift)) is not None


async def lifts_of(tx: Connection, organisation: str) -> list[Lift]:
    """The last hundred, newest first."""
    return sql.structs(Lift, await tx.fetch(QUERIES["lifts_of"], organisation))


async def alarm_once(tx: Connection, organisation: str, counted: Counted, *, now: datetime) -> bool:
    """Whether nobody has been told today."""
    return await tx.fetchval(QUERIES["alarm_once"], day_of(now), counted.kind, counted.value, organisation, now) is not None


async def find(tx: Connection, organisation: str) -> Limits:
    """The organisation's own limits, or as shipped."""
    row = await tx.fetchrow(QUERIES["find_limits"], organisation)
    return Limits(organisation=organisation) if row is None else sql.struct(Limits, row)


async def save(tx: Connection, limits: Limits) -> None:
    """Insert or replace."""
    await tx.execute(QUERIES["save_limits"], *astuple(limits))


async def forget(tx: Connection, *, now: datetime) -> None:
    """Counts that no limit looks at any more."""
    await tx.execute(QUERIES["forget_children"], day_of(now) - timedelta(days=1))
    await tx.execute(QUERIES["forget_acts"], now - timedelta(days=2))


def day_of(now: datetime) -> date:
    """The calendar day in Sweden."""
    return now.astimezone(STOCKHOLM).date()
