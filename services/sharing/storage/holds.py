"""That the family is not told yet: rows to structs and back."""

from uuid import UUID

from msgspec.structs import astuple

from services.sharing.domain.holding import Hold
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "holds.sql")


async def save(tx: Connection, hold: Hold) -> None:
    """A new word. Two at the same moment: the second fails at the revision."""
    await tx.execute(QUERIES["save_hold"], *astuple(hold))


async def newest(tx: Connection, disclosure_id: UUID) -> Hold | None:
    """The word that counts."""
    row = await tx.fetchrow(QUERIES["newest_hold"], disclosure_id)
    return None if row is None else sql.struct(Hold, row)
