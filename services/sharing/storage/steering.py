"""Who answers for cases: rows to structs and back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import astuple

from services.sharing.domain.steering import Steering
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "steering.sql")


async def lock(tx: Connection, case_id: UUID) -> Steering:
    """How the case stands, held until the commit. Raises LookupError for none."""
    row = await tx.fetchrow(QUERIES["lock_steering"], case_id)
    if row is None:
        raise LookupError("no such case")
    return sql.struct(Steering, row)


async def find(tx: Connection, case_id: UUID) -> Steering:
    """How the case stands. Raises LookupError for none."""
    row = await tx.fetchrow(QUERIES["find_steering"], case_id)
    if row is None:
        raise LookupError("no such case")
    return sql.struct(Steering, row)


async def save(tx: Connection, steering: Steering) -> None:
    """As it stands now; another responsible person ends the alarm that there is none."""
    await tx.execute(QUERIES["save_steering"], *astuple(steering))


async def has_other_plan(tx: Connection, organisation: str, subject_id: UUID, case_id: UUID) -> bool:
    """Whether the organisation has a plan in force for the child in another case."""
    return await tx.fetchval(QUERIES["other_plan"], organisation, subject_id, case_id) is not None


async def of_responsible(tx: Connection, organisation: str, principal: str) -> list[Any]:
    """The open cases that somebody answers for (case_id, unit, subject_id, model), locked."""
    return list(await tx.fetch(QUERIES["cases_of_responsible"], organisation, principal))


async def of_units(tx: Connection, units: list[str], *, before: UUID, is_open: bool, limit: int, reader: str) -> list[Any]:
    """Cases in which these units take part, newest first; one row for each unit. Not those that the reader may not know of."""
    return list(await tx.fetch(QUERIES["cases_of_units"], units, before, is_open, limit, reader))


async def without_responsible(tx: Connection, *, now: datetime, limit: int) -> list[Any]:
    """Open cases for which nobody with a grant in force answers and nobody was told yet, locked."""
    return list(await tx.fetch(QUERIES["without_responsible"], now, limit))


async def mark_alarmed(tx: Connection, case_id: UUID, *, now: datetime) -> None:
    """Somebody was told."""
    await tx.execute(QUERIES["mark_alarmed"], case_id, now)
