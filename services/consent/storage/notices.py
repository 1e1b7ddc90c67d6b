"""The family's inbox and the unit's tasks."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from shared import sql
from shared.database import Connection
from shared.ids import new_id

QUERIES = sql.load("services.consent.storage", "notices.sql")
NEWEST = 200
"""How many notices or tasks one page holds."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something to know about a question or a consent: a code, never content."""

    notice_id: UUID
    person_id: UUID
    kind: str
    request_id: UUID
    consent_id: UUID | None
    step: str
    noted_at: datetime


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a human at the unit must do about a question."""

    task_id: UUID
    kind: str
    request_id: UUID
    opened_at: datetime
    case_id: UUID
    child_id: UUID
    unit: str
    answer_by: datetime


async def add(tx: Connection, notice: Notice) -> bool:
    """Keep a notice; False when this person has had it already."""
    return await tx.fetchval(QUERIES["add_notice"], *msgspec.structs.astuple(notice)) is not None


async def of_person(tx: Connection, person_id: UUID) -> list[Notice]:
    """The person's newest notices, newest first."""
    return sql.structs(Notice, await tx.fetch(QUERIES["list_notices"], person_id, NEWEST))


async def open_task(tx: Connection, kind: str, request_id: UUID, *, now: datetime) -> bool:
    """Open a task; False when it is open already."""
    return await tx.fetchval(QUERIES["open_task"], new_id(now), kind, request_id, now) is not None


async def close_task(tx: Connection, kind: str, request_id: UUID, *, now: datetime) -> bool:
    """Close a task whose reason is gone; False when none was open."""
    return await tx.fetchval(QUERIES["close_task"], request_id, kind, now) is not None


async def tasks(tx: Connection, organisation: str, units: Sequence[str] | None, *, reader: str) -> list[Task]:
    """Open tasks of an organisation's units, oldest first; None is every unit.

    Without those about somebody with protected identity whose handlers do not name `reader`: left out before the limit counts.
    """
    listed = None if units is None else list(units)
    return sql.structs(Task, await tx.fetch(QUERIES["list_tasks"], organisation, listed, NEWEST, reader))


async def retire_notices(tx: Connection, before: datetime, limit: int) -> int:
    """Remove the oldest of those noted before an instant; how many."""
    return len(await tx.fetch(QUERIES["retire_notices"], before, limit))


async def retire_tasks(tx: Connection, before: datetime, limit: int) -> int:
    """The same for tasks that were closed before an instant."""
    return len(await tx.fetch(QUERIES["retire_tasks"], before, limit))


async def retire_disclosures(tx: Connection, before: datetime, limit: int) -> int:
    """Remove what was told before; how many."""
    gone: int = await tx.fetchval(QUERIES["retire_disclosures"], before, limit)
    return gone


async def retire_requests(tx: Connection, before: date, limit: int) -> int:
    """Remove questions whose last day was before and that no consent came of, with every answer to them; how many."""
    gone: int = await tx.fetchval(QUERIES["retire_requests"], before, limit)
    return gone
