"""Break-glass: rows to structs and back."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import astuple

from services.sharing.domain.glass import Glass, Verdict
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "glass.sql")


async def save(tx: Connection, glass: Glass) -> None:
    """A new one."""
    await tx.execute(QUERIES["save_glass"], *astuple(glass))


async def lock(tx: Connection, glass_id: UUID) -> Glass | None:
    """One, whosever it is, held until the commit."""
    row = await tx.fetchrow(QUERIES["lock_glass"], glass_id)
    return None if row is None else sql.struct(Glass, row)


async def of_organisation(tx: Connection, organisation: str, units: list[str], *, limit: int, reader: str) -> list[Glass]:
    """What was broken by or for these units, newest first, without what is about somebody whose handlers do not name `reader`."""
    return sql.structs(Glass, await tx.fetch(QUERIES["glass_of_organisation"], organisation, units, limit, reader))


async def review(tx: Connection, glass_id: UUID, *, by: str, verdict: Verdict, now: datetime) -> None:
    """What somebody found."""
    await tx.execute(QUERIES["review_glass"], glass_id, by, now, verdict)
