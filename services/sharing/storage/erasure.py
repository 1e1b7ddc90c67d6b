"""What there is of a person here, and emptying it. `erased_subject` keeps that it was done."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "erasure.sql")
NOBODY = UUID(int=0)
"""Where a reference to a child stood."""
NOBODYS = "erased"
"""Where somebody's login stood."""


async def count(tx: Connection, subject_id: UUID) -> dict[str, int]:
    """How many of each kind are about this person."""
    row = await tx.fetchrow(QUERIES["count_subject"], subject_id)
    return {} if row is None else {name: number for name, number in row.items() if number}


async def destroyed(tx: Connection, subject_id: UUID) -> dict[str, int] | None:
    """What an earlier erasure of this person destroyed; None when there was none."""
    found = await tx.fetchval(QUERIES["destroyed"], subject_id)
    return None if found is None else msgspec.convert(found, dict[str, int])


async def empty(tx: Connection, subject_id: UUID, principals: tuple[str, ...], *, now: datetime) -> None:
    """Cases are closed and lose their references and who answered for them, items and permits what was said of the child, deliveries
    their ciphers; nothing that waits to be sent, or to be answered again, holds a reference any more.

    `principals`: as whom the person has logged in; the same login may have sent a matter as somebody's colleague.
    """
    await _drop_copies(tx, subject_id)
    await tx.execute(QUERIES["unlink_matters"], subject_id, list(principals), NOBODYS)
    await tx.execute(QUERIES["unlink_duties"], subject_id, list(principals), NOBODYS)
    await tx.execute(QUERIES["unlink_told"], subject_id, list(principals), NOBODYS)
    await tx.execute(QUERIES["drop_duties"], subject_id)
    await tx.execute(QUERIES["leave_cases"], list(principals))
    await tx.execute(QUERIES["close_cases"], subject_id, now)
    await tx.execute(QUERIES["uncount"], subject_id)
    await tx.execute(QUERIES["forget_handling"], subject_id)
    await tx.execute(QUERIES["empty_deliveries"], subject_id, NOBODY, now)
    await tx.execute(QUERIES["empty_permits"], subject_id)
    await tx.execute(QUERIES["empty_items"], subject_id)
    await tx.execute(QUERIES["unlink_cases"], subject_id, NOBODY)


async def keep(tx: Connection, subject_id: UUID, erasure_id: UUID, kinds: dict[str, int], *, now: datetime) -> None:
    """That it was done."""
    await tx.execute(QUERIES["keep_erased"], subject_id, erasure_id, now, kinds)


async def _drop_copies(tx: Connection, subject_id: UUID) -> None:
    """Before the references themselves are gone: messages and kept answers that hold one."""
    named = [row["reference"] for row in await tx.fetch(QUERIES["references"], subject_id, NOBODY)]
    await tx.execute(QUERIES["drop_notices"], named)
    await tx.execute(QUERIES["drop_answers"], named)
    await tx.execute(QUERIES["drop_letters"], named)
