"""How persons are to be handled, by revision, and which of it sharing has not yet taken."""

from datetime import datetime
from uuid import UUID

from shared import sql
from shared.contracts.sharing import TakeHandling
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "handling.sql")


async def change(tx: Connection, person_id: UUID, *, restricted: bool) -> TakeHandling | None:
    """Write it and raise the revision; None when it stood so already."""
    row = await tx.fetchrow(QUERIES["change_handling"], person_id, restricted)
    return None if row is None else sql.struct(TakeHandling, row)


async def revision(tx: Connection, person_id: UUID) -> int:
    """Of what was last said about this person."""
    found: int = await tx.fetchval(QUERIES["revision_of"], person_id)
    return found


async def add_barrier(tx: Connection, person_id: UUID, change: TakeHandling, *, now: datetime) -> None:
    """Sharing must say that it has taken it."""
    await tx.execute(QUERIES["add_barrier"], person_id, change.subject_id, change.restricted, change.revision, now)


async def pending(tx: Connection, limit: int) -> list[TakeHandling]:
    """Without sharing's word, oldest first."""
    return sql.structs(TakeHandling, await tx.fetch(QUERIES["pending"], limit))


async def confirm(tx: Connection, change: TakeHandling, taken_at: datetime) -> bool:
    """Sharing's word; False when it was there."""
    return await tx.fetchval(QUERIES["confirm_handling"], change.subject_id, change.revision, taken_at) is not None
