"""Governing rows, tombstones, and how far consent's feed has been read."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.governing import SeenRow
from shared import sql
from shared.contracts.consent import RowKey
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "consent_rows.sql")


async def lock(tx: Connection, key: RowKey) -> SeenRow:
    """The row, made when it was absent, and nobody else changes it until this transaction has ended.

    Absent rows are made first so that a stop also stands where no row was.
    """
    await tx.execute(QUERIES["insert_row_if_absent"], *msgspec.structs.astuple(key))
    row = await tx.fetchrow(QUERIES["lock_row"], *msgspec.structs.astuple(key))
    if row is None:
        raise LookupError("a governing row vanished while it was locked")
    return sql.struct(SeenRow, row)


async def find(tx: Connection, key: RowKey) -> SeenRow | None:
    """The row as it stands now, to be believed only for what releases nothing."""
    row = await tx.fetchrow(QUERIES["find_row"], *msgspec.structs.astuple(key))
    return None if row is None else sql.struct(SeenRow, row)


async def between(tx: Connection, after: UUID | None, last: UUID | None, limit: int) -> list[SeenRow]:
    """Rows of the subjects after the first and not beyond the last."""
    return sql.structs(SeenRow, await tx.fetch(QUERIES["copies_between"], after, last, limit))


async def save(tx: Connection, row: SeenRow) -> None:
    """Write back a row that this transaction has locked."""
    await tx.execute(QUERIES["save_row"], *msgspec.structs.astuple(row))


async def lock_older(tx: Connection, consent_id: UUID, revision: int) -> list[SeenRow]:
    """The given rows of a consent that are older than a revision, locked."""
    return sql.structs(SeenRow, await tx.fetch(QUERIES["rows_to_doubt"], consent_id, revision))


async def bury(tx: Connection, consent_id: UUID, *, now: datetime) -> None:
    """Withdrawn for ever."""
    await tx.execute(QUERIES["add_tombstone"], consent_id, now)


async def is_buried(tx: Connection, consent_id: UUID) -> bool:
    """Whether this consent id has been withdrawn."""
    return bool(await tx.fetchval(QUERIES["has_tombstone"], consent_id))


async def known_epoch(tx: Connection) -> int:
    """The newest consent database that anything has been heard of; 0 before the first."""
    epoch: int = await tx.fetchval(QUERIES["known_epoch"])
    return epoch


async def feed_position(tx: Connection) -> tuple[int, int]:
    """(epoch, position) up to which every change has been applied."""
    row = await tx.fetchrow(QUERIES["feed_position"])
    return (0, 0) if row is None else (row["epoch"], row["position"])


async def raise_epoch(tx: Connection, epoch: int) -> None:
    """From here on every row of an older consent database is unknown, and its feed is read from the start."""
    await tx.execute(QUERIES["raise_epoch"], epoch)


async def advance_feed(tx: Connection, epoch: int, position: int) -> None:
    """Everything up to here has been applied by this transaction or an earlier one."""
    await tx.execute(QUERIES["advance_feed"], epoch, position)
