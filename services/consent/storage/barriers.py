"""Stops that sharing has still to confirm: a stop is pending until its word is here, never by time passed (I2)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from shared import sql
from shared.contracts.consent import GoverningRow
from shared.contracts.sharing import Stop
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "barriers.sql")


async def add(tx: Connection, stop: Stop, *, now: datetime) -> None:
    """Keep a stop that must be confirmed, in the transaction that stopped the rows."""
    await tx.execute(QUERIES["add_barrier"], stop.consent_id, stop.revision, msgspec.to_builtins(stop.rows), now)


async def confirm(tx: Connection, consent_id: UUID, revision: int, stopped_at: datetime) -> datetime | None:
    """Keep sharing's word. When the stop was asked for; None when the word was kept already."""
    asked_at: datetime | None = await tx.fetchval(QUERIES["confirm_barrier"], consent_id, revision, stopped_at)
    return asked_at


async def pending(tx: Connection, limit: int) -> list[Stop]:
    """The oldest stops without sharing's word."""
    return [_stop(row) for row in await tx.fetch(QUERIES["open_barriers"], limit)]


async def pending_of(tx: Connection, consents: Collection[UUID]) -> tuple[Stop, ...]:
    """Every stop of these consents without sharing's word: while there is one, nobody is told *stopped*."""
    return tuple(_stop(row) for row in await tx.fetch(QUERIES["barriers_of"], list(consents)))


def _stop(row: sql.Row) -> Stop:
    rows = msgspec.convert(row["changed"], tuple[GoverningRow, ...])
    return Stop(consent_id=row["consent_id"], revision=row["revision"], rows=rows)
