"""How far each producer's chain is in the log, what it waits for, and what was refused."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.chain import Position
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "producers.sql")


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A producer's next entry that cannot be taken yet."""

    producer: str
    entry_id: UUID
    sequence: int
    reason: str
    since: datetime


async def lock(tx: Connection, producer: str) -> Position:
    """Where a producer's chain stands, locked until the end of the transaction."""
    start = Position()
    await tx.execute(QUERIES["ensure_producer"], producer, start.sequence, start.hash)
    return sql.struct(Position, await tx.fetchrow(QUERIES["lock_producer"], producer) or {})


async def advance(tx: Connection, producer: str, position: Position) -> None:
    """Move a producer's chain on."""
    await tx.execute(QUERIES["advance_producer"], producer, position.sequence, position.hash)


async def hold(tx: Connection, held: Held) -> datetime:
    """Note what a producer waits for; returns since when it has waited for this reason."""
    since: datetime = await tx.fetchval(QUERIES["hold"], held.producer, held.entry_id, held.sequence, held.reason, held.since)
    return since


async def release(tx: Connection, producer: str, sequence: int) -> None:
    """The chain has reached this number: what was held up to there is held no more."""
    await tx.execute(QUERIES["release"], producer, sequence)


async def all_held(tx: Connection) -> list[Held]:
    """Every producer that waits, the longest first."""
    return sql.structs(Held, await tx.fetch(QUERIES["list_held"]))


async def quarantine(tx: Connection, producer: str, message_id: UUID, reason: str, body: bytes, now: datetime) -> bool:
    """Keep what cannot become an entry; False when it is there already."""
    return await tx.fetchval(QUERIES["quarantine"], producer, message_id, reason, body, now) is not None


async def quarantined(tx: Connection, producer: str, message_ids: list[UUID]) -> set[UUID]:
    """Which of these were refused before."""
    return {row["message_id"] for row in await tx.fetch(QUERIES["quarantined"], producer, message_ids)}


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A message in quarantine."""

    producer: str
    message_id: UUID
    body: bytes


async def kept_for(tx: Connection, reason: str, organisation: str) -> list[Kept]:
    """What was kept for this reason and may be of this organisation, as it came."""
    return sql.structs(Kept, await tx.fetch(QUERIES["kept_for"], reason, f'"{organisation}"'.encode()))


async def let_go(tx: Connection, producer: str, message_id: UUID) -> None:
    """It has been taken after all."""
    await tx.execute(QUERIES["let_go"], producer, message_id)
