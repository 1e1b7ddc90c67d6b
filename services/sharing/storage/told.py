"""What was told without a cipher: rows to structs and back."""

from uuid import UUID

from msgspec.structs import astuple

from services.sharing.domain.telling import Told
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "told.sql")


async def save(tx: Connection, told: Told) -> None:
    """A new one; what was said is not unsaid."""
    await tx.execute(QUERIES["save_told"], *astuple(told))


async def find(tx: Connection, told_id: UUID) -> Told | None:
    """One, whosever it is."""
    row = await tx.fetchrow(QUERIES["find_told"], told_id)
    return None if row is None else sql.struct(Told, row)
