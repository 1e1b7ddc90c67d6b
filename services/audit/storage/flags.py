"""Flags, and how far each log has been looked through."""

from collections.abc import Sequence
from datetime import date, datetime

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
    await add(tx, log_id, found, now=now)
    await tx.execute(QUERIES["save_upto"], log_id, upto)


async def add(tx: Connection, log_id: int, found: Sequence[Flag], *, now: datetime) -> None:
    """What was found, wherever in the log it lies."""
    versions = [RULES[flag.rule].version for flag in found]
    await tx.execute(QUERIES["insert_flags"], log_id, [flag.index for flag in found], [flag.rule for flag in found], versions, now)


async def children_by_day(tx: Connection, log: Log, actors: Sequence[bytes], upto: int, since: datetime) -> dict[bytes, dict[date, int]]:
    """How many different children each of these persons' acts were about, by Swedish day with an act."""
    found: dict[bytes, dict[date, int]] = {}
    for row in await tx.fetch(QUERIES["children_by_day"], log.year, log.log_id, actors, upto, since):
        found.setdefault(row["actor"], {})[row["day"]] = row["children"]
    return found


async def last_acts(tx: Connection, log: Log, actors: Sequence[bytes], before: int) -> dict[bytes, datetime]:
    """When each of these persons acted last, in entries before this one."""
    return {row["actor"]: row["at"] for row in await tx.fetch(QUERIES["last_acts"], log.year, log.log_id, actors, before)}


async def told_since(tx: Connection, log: Log, rule: str, actors: Sequence[bytes], since: datetime) -> set[bytes]:
    """On whose acts the rule has said something already since then."""
    return {row["actor"] for row in await tx.fetch(QUERIES["told_since"], log.year, log.log_id, rule, actors, since)}


async def unreviewed(tx: Connection, before: datetime, since: datetime) -> list[tuple[int, int]]:
    """Emergencies between these moments, by log and index, that nobody has followed up and that no flag says so of."""
    return [(row["log_id"], row["entry_index"]) for row in await tx.fetch(QUERIES["unreviewed_glass"], before, since)]


async def newest(tx: Connection, log_id: int, *, before: int, rule: str | None, marked: bool, limit: int) -> list[Raised]:
    """Newest entries first; those with a mark only when wanted."""
    return sql.structs(Raised, await tx.fetch(QUERIES["list_flags"], log_id, before, rule, marked, limit))


async def mark(tx: Connection, log_id: int, index: int, rule: str, said: str, by: bytes, *, now: datetime) -> Raised | None:
    """What somebody makes of it; None when there is no such flag."""
    row = await tx.fetchrow(QUERIES["mark_flag"], log_id, index, rule, said, by, now)
    return sql.struct(Raised, row) if row else None
