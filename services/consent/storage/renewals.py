"""Rounds that renew an earlier one, and what has been narrowed since a round was asked."""

from datetime import date, datetime
from uuid import UUID

from services.consent.storage.requests import row_key
from shared import sql
from shared.contracts.consent import RowKey
from shared.database import Connection
from shared.ids import new_id

QUERIES = sql.load("services.consent.storage", "renewals.sql")


async def link(tx: Connection, request_id: UUID, renews: UUID) -> None:
    """Say which round a new one renews; the first word stands."""
    await tx.execute(QUERIES["add_renewal"], request_id, renews)


async def renewed(tx: Connection, request_id: UUID) -> UUID | None:
    """The round that this one renews."""
    found: UUID | None = await tx.fetchval(QUERIES["renewed"], request_id)
    return found


async def holding(tx: Connection, request_id: UUID, *, now: datetime) -> UUID | None:
    """The latest other round whose consent governs a row of this one now."""
    found: UUID | None = await tx.fetchval(QUERIES["holding_request"], request_id, now)
    return found


async def given_keys(tx: Connection, request_id: UUID) -> frozenset[RowKey]:
    """The rows that were given under a round, whether they still hold or not."""
    return frozenset(row_key(row) for row in await tx.fetch(QUERIES["given_keys"], request_id))


async def narrow(tx: Connection, request_id: UUID, last_day: date, by: str, *, now: datetime) -> None:
    """Let everything given under a round end sooner; no later answer in it lengthens that."""
    await tx.execute(QUERIES["add_narrowing"], new_id(now), request_id, last_day, by, now)
