"""How persons are to be handled, by revision, and which of it sharing has not yet taken."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared import sql
from shared.contracts.sharing import TakeHandling
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "handling.sql")


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What the others are to be told, and which of the house's keys the person's stands under."""

    told: TakeHandling
    protected: bool


async def change(tx: Connection, person_id: UUID) -> Changed | None:
    """Take what is laid on the person now, and raise the revision; None when it stood so already."""
    row = await tx.fetchrow(QUERIES["change_handling"], person_id)
    return None if row is None else Changed(told=_told(row), protected=row["protected"])


async def told(tx: Connection, person_id: UUID) -> TakeHandling:
    """What was last said about this person. Raises LookupError for nobody."""
    row = await tx.fetchrow(QUERIES["told"], person_id)
    if row is None:
        raise LookupError("nobody has that id")
    return _told(row)


async def add_barrier(tx: Connection, person_id: UUID, change: TakeHandling, *, now: datetime) -> None:
    """Sharing must say that it has taken it."""
    await tx.execute(QUERIES["add_barrier"], person_id, change.subject_id, change.restricted, change.revision, change.handlers, now)


async def pending(tx: Connection, limit: int) -> list[TakeHandling]:
    """Without sharing's word, oldest first."""
    return [_told(row) for row in await tx.fetch(QUERIES["pending"], limit)]


async def confirm(tx: Connection, change: TakeHandling, taken_at: datetime) -> bool:
    """Sharing's word; False when it was there."""
    return await tx.fetchval(QUERIES["confirm_handling"], change.subject_id, change.revision, taken_at) is not None


def _told(row: sql.Row) -> TakeHandling:
    handlers = None if row["handlers"] is None else tuple(row["handlers"])
    return TakeHandling(subject_id=row["subject_id"], restricted=row["restricted"], revision=row["revision"], handlers=handlers)
