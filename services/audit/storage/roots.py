"""The root log's leaves, what witnesses signed of it, and how far the scrubber has come."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "roots.sql")


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """A log's checkpoint that goes into the root log."""

    log_id: int
    size: int
    signed_at: datetime
    note: bytes


class Cosigned(msgspec.Struct, frozen=True, kw_only=True):
    """One witness's line over one size of the root log, and the time in it."""

    witness: str
    line: str
    at: datetime


class Cosigners(msgspec.Struct, frozen=True, kw_only=True):
    """Who has signed a size of the root log, and the last time in their lines."""

    size: int
    witnesses: tuple[str, ...]
    at: datetime


class Scrubbed(msgspec.Struct, frozen=True, kw_only=True):
    """How far the rows of a log have been hashed anew in this round, and what the last whole round covered."""

    log_id: int
    next_index: int = 0
    peaks: bytes = b""
    began_at: datetime
    whole_at: datetime | None = None
    whole_size: int | None = None


async def missing(tx: Connection, root_id: int, most: int) -> list[Leaf]:
    """Checkpoints of other logs that are not in the root log yet, in the order in which they were signed."""
    return sql.structs(Leaf, await tx.fetch(QUERIES["missing_leaves"], root_id, most))


async def insert(tx: Connection, root_id: int, leaves: Sequence[Leaf], start: int) -> None:
    """Note where they lie."""
    places = range(start, start + len(leaves))
    await tx.execute(
        QUERIES["insert_leaves"], list(places), [x.log_id for x in leaves], [x.size for x in leaves], [x.signed_at for x in leaves], root_id
    )


async def find(tx: Connection, root_id: int, log_id: int, below: int) -> tuple[int, bytes] | None:
    """The newest checkpoint of a log that lies below this size of the root log: its place there, and its note."""
    row = await tx.fetchrow(QUERIES["find_leaf"], log_id, below, root_id)
    return (row["root_index"], row["note"]) if row else None


async def save_cosignature(tx: Connection, root_id: int, size: int, signed: Cosigned) -> None:
    """Keep a witness's line; a later one over the same size takes its place."""
    await tx.execute(QUERIES["save_cosignature"], root_id, size, signed.witness, signed.line, signed.at)


async def cosignatures(tx: Connection, root_id: int, size: int) -> list[Cosigned]:
    """The lines over one size."""
    return sql.structs(Cosigned, await tx.fetch(QUERIES["cosignatures"], root_id, size))


async def cosigners(tx: Connection, root_id: int) -> list[Cosigners]:
    """Who signed each of the newest sizes that anybody signed, newest first."""
    return sql.structs(Cosigners, await tx.fetch(QUERIES["cosigned_sizes"], root_id))


async def signed_by(tx: Connection, root_id: int, witness: str) -> int:
    """The greatest size that a witness has signed here; 0 before the first."""
    return int(await tx.fetchval(QUERIES["signed_by"], root_id, witness))


async def scrub_due(tx: Connection) -> int | None:
    """The log whose last whole round is the longest ago."""
    value: int | None = await tx.fetchval(QUERIES["scrub_due"])
    return value


async def scrubbed(tx: Connection, log_id: int) -> Scrubbed | None:
    """How far a log has been gone through."""
    row = await tx.fetchrow(QUERIES["scrubbed"], log_id)
    return sql.struct(Scrubbed, row) if row else None


async def save_scrubbed(tx: Connection, at: Scrubbed) -> None:
    """Go on from here after a restart."""
    await tx.execute(QUERIES["save_scrubbed"], at.log_id, at.next_index, at.peaks, at.began_at, at.whole_at, at.whole_size)


async def count_facts(tx: Connection, year: int, log_id: int, size: int) -> int:
    """How many of a log's first entries can be found by a search (A35)."""
    return int(await tx.fetchval(QUERIES["fact_count"], year, log_id, size))
