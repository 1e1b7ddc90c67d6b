"""Governing rows in pages of whole children, to be compared with sharing's copies."""

from uuid import UUID

from services.consent.storage.consents import governing_row
from shared import sql
from shared.contracts.consent import GoverningRow
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "reconciliation.sql")


async def last_subject(tx: Connection, after: UUID | None, children: int) -> UUID | None:
    """The last of the next so many children that have rows; None when there are no more."""
    found: UUID | None = await tx.fetchval(QUERIES["last_subject"], after, children)
    return found


async def rows_between(tx: Connection, after: UUID | None, last: UUID, *, epoch: int) -> list[GoverningRow]:
    """Every row of the children after the first and not beyond the last."""
    return [governing_row(row, epoch) for row in await tx.fetch(QUERIES["rows_between"], after, last)]
