"""What there is of a person here, and emptying it. `erased_subject` keeps that it was done."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "erasure.sql")
NOBODY = UUID(int=0)
"""Where a reference to a child stood."""


async def count(tx: Connection, subject_id: UUID) -> dict[str, int]:
    """How many of each kind are about this person."""
    row = await tx.fetchrow(QUERIES["count_subject"], subject_id)
    return {} if row is None else {name: number for name, number in row.items() if number}


async def destroyed(tx: Connection, subject_id: UUID) -> dict[str, int] | None:
    """What an earlier erasure of this person destroyed; None when there was none."""
    found = await tx.fetchval(QUERIES["destroyed"], subject_id)
    return None if found is None else msgspec.convert(found, dict[str, int])


async def empty(tx: Connection, subject_id: UUID, *, now: datetime) -> None:
    """Cases lose their references, items and permits what was said of the child, deliveries their ciphers."""
    await tx.execute(QUERIES["empty_deliveries"], subject_id, NOBODY, now)
    await tx.execute(QUERIES["empty_permits"], subject_id)
    await tx.execute(QUERIES["empty_items"], subject_id)
    await tx.execute(QUERIES["unlink_cases"], subject_id, NOBODY)


async def keep(tx: Connection, subject_id: UUID, erasure_id: UUID, kinds: dict[str, int], *, now: datetime) -> None:
    """That it was done."""
    await tx.execute(QUERIES["keep_erased"], subject_id, erasure_id, now, kinds)
