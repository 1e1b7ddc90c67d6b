"""The versions of what is to be trusted, and their places in the root log."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "trust.sql")


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version, as it was signed."""

    version: int
    note: bytes
    signed_at: datetime


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A version whose hash lies in the root log."""

    root_index: int
    note: bytes
    version: int


async def last(tx: Connection) -> Version | None:
    """The newest."""
    row = await tx.fetchrow(QUERIES["last_trust"])
    return sql.struct(Version, row) if row else None


async def insert(tx: Connection, version: Version) -> None:
    """Keep the next one."""
    await tx.execute(QUERIES["insert_trust"], version.version, version.note, version.signed_at)


async def missing(tx: Connection, root_id: int, most: int) -> list[Version]:
    """Those that are not in the root log yet, in their order."""
    return sql.structs(Version, await tx.fetch(QUERIES["missing_trust"], root_id, most))


async def place(tx: Connection, root_id: int, start: int, versions: Sequence[Version]) -> None:
    """Note where they lie, one after another."""
    await tx.execute(QUERIES["insert_trust_leaves"], root_id, list(range(start, start + len(versions))), [one.version for one in versions])


async def find(tx: Connection, root_id: int, below: int) -> Placed | None:
    """The newest that lies below this size of the root log."""
    row = await tx.fetchrow(QUERIES["find_trust_leaf"], root_id, below)
    return sql.struct(Placed, row) if row else None
