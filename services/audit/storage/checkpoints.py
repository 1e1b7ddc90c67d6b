"""Signed checkpoints, as they were published."""

from datetime import datetime

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "checkpoints.sql")


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A published checkpoint."""

    log_id: int
    size: int
    root: bytes
    note: bytes
    signed_at: datetime


async def insert(tx: Connection, signed: Signed) -> None:
    """Publish: from the commit on everybody may see it."""
    await tx.execute(QUERIES["insert_checkpoint"], signed.log_id, signed.size, signed.root, signed.note, signed.signed_at)


async def last(tx: Connection, log_id: int) -> Signed | None:
    """The one with the greatest size."""
    row = await tx.fetchrow(QUERIES["last_checkpoint"], log_id)
    return sql.struct(Signed, row) if row else None


async def until(tx: Connection, log_id: int, size: int) -> list[Signed]:
    """All that were published for sizes up to this one, oldest first."""
    return sql.structs(Signed, await tx.fetch(QUERIES["checkpoints_until"], log_id, size))


async def exists(tx: Connection, log_id: int, size: int) -> bool:
    """Whether this size has been published; partial tiles are served only for these."""
    return bool(await tx.fetchval(QUERIES["checkpoint_exists"], log_id, size))


async def at(tx: Connection, log_id: int, size: int) -> Signed | None:
    """The one of exactly this size."""
    row = await tx.fetchrow(QUERIES["checkpoint_at"], log_id, size)
    return sql.struct(Signed, row) if row else None


async def first_above(tx: Connection, log_id: int, size: int) -> Signed | None:
    """The smallest one that is greater than this size: the first that whoever knows `size` has not seen."""
    row = await tx.fetchrow(QUERIES["first_checkpoint_above"], log_id, size)
    return sql.struct(Signed, row) if row else None
