"""Flags, and how far each log has been looked through."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.audit.domain.flags import RULES, Flag
from services.audit.domain.log import Log
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "flags.sql")


class Unwatched(msgspec.Struct, frozen=True, kw_only=True):
    """A log with entries that no rule has seen."""

    log_id: int
    upto: int
    size: int


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """A flag as it stands."""

    log_id: int
    entry_index: int
    rule: str
    version: int
    raised_at: datetime
    mark: str | None


async def unwatched(tx: Connection) -> list[Unwatched]:
    """Logs to look through."""
    return sql.structs(Unwatched, await tx.fetch(QUERIES["unwatched_logs"]))


async def first_since(tx: Connection, log: Log, upto: int, moment: datetime) -> int:
    """The first entry from that moment on, before `upto`; `upto` when there is none."""
    index: int = await tx.fetchval(QUERIES["first_since"], log.year, log.log_id, upto, moment)
    return index


async def save(tx: Connection, log_id: int, upto: int, found: Sequence[Flag], *, now: datetime) -> None:
    """What was found up to there; the same flag again changes nothing."""
    versions = [RULES[flag.rule].version for flag in found]
    await tx.execute(QUERIES["insert_flags"], log_id, [flag.index for flag in found], [flag.rule for flag in found], versions, now)
    await tx.execute(QUERIES["save_upto"], log_id, upto)


async def newest(tx: Connection, log_id: int, *, before: int, rule: str | None, marked: bool, limit: int) -> list[Raised]:
    """Newest entries first; those with a mark only when wanted."""
    return sql.structs(Raised, await tx.fetch(QUERIES["list_flags"], log_id, before, rule, marked, limit))


async def mark(tx: Connection, log_id: int, index: int, rule: str, said: str, by: bytes, *, now: datetime) -> Raised | None:
    """What somebody makes of it; None when there is no such flag."""
    row = await tx.fetchrow(QUERIES["mark_flag"], log_id, index, rule, said, by, now)
    return sql.struct(Raised, row) if row else None
