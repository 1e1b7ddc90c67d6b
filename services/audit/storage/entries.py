"""Entries as stored bytes, the facts they are searched by, and the encrypted person parts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.log import Log, StoredEntry
from services.audit.domain.timeline import Cursor
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "entries.sql")


_PARTS = ("year", "log_id", "entry_index", "role", "token", "box")
_FACTS = (
    *("year", "log_id", "entry_index"),
    *("at", "action", "answer", "unit", "case_id", "object_id", "purpose", "actor", "subject", "reasons"),
)
"""Copied (COPY), which costs half of an insert; entries are inserted, for they are read back in the same statement."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an entry lies."""

    year: int
    log_id: int
    entry_index: int
    entry_id: UUID


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A row to insert."""

    place: Place
    stored: bytes
    leaf_hash: bytes


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What one entry is searched by; tokens, never identities (rule 31)."""

    place: Place
    at: datetime
    action: str
    answer: str | None
    unit: str | None
    case_id: UUID | None
    object_id: UUID | None
    purpose: str | None
    actor: bytes
    subject: bytes | None
    reasons: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One encrypted person part. `role` is `actor` or `subject`."""

    place: Place
    role: str
    token: bytes
    box: bytes


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """What a search asks for; None does not narrow. `before` is exclusive: the keyset's cursor."""

    before: int
    limit: int
    case_id: UUID | None = None
    object_id: UUID | None = None
    answer: str | None = None
    action: str | None = None
    unit: str | None = None
    actor: bytes | None = None
    subject: bytes | None = None
    since: datetime | None = None
    until: datetime | None = None
    purpose: str | None = None
    reason: str | None = None
    hidden_subjects: tuple[bytes, ...] = ()
    hidden_cases: tuple[UUID, ...] = ()


async def known(tx: Connection, wanted: Sequence[tuple[int, int, UUID]]) -> dict[UUID, Place]:
    """Which of these (year, log, entry id) are in the log already, and where."""
    rows = await tx.fetch(QUERIES["known_entries"], [w[0] for w in wanted], [w[1] for w in wanted], [w[2] for w in wanted])
    return {place.entry_id: place for place in sql.structs(Place, rows)}


async def insert(tx: Connection, rows: Sequence[NewEntry], now: datetime) -> dict[tuple[int, int], bytes]:
    """Add entries; returns what the database now holds, by log and index, to be hashed anew (rule 13)."""
    places = [row.place for row in rows]
    back = await tx.fetch(
        QUERIES["insert_entries"],
        [p.year for p in places],
        [p.log_id for p in places],
        [p.entry_index for p in places],
        [p.entry_id for p in places],
        [row.stored for row in rows],
        [row.leaf_hash for row in rows],
        now,
    )
    return {(row["log_id"], row["entry_index"]): row["stored"] for row in back}


async def insert_facts(tx: Connection, rows: Sequence[Facts]) -> None:
    """Add what the entries are searched by."""
    records = [
        (
            *(r.place.year, r.place.log_id, r.place.entry_index),
            *(r.at, r.action, r.answer, r.unit, r.case_id, r.object_id, r.purpose, r.actor, r.subject, r.reasons),
        )
        for r in rows
    ]
    await tx.copy_records_to_table("entry_fact", records=records, columns=_FACTS)


async def insert_parts(tx: Connection, rows: Sequence[Part]) -> None:
    """Add encrypted person parts."""
    records = [(r.place.year, r.place.log_id, r.place.entry_index, r.role, r.token, r.box) for r in rows]
    await tx.copy_records_to_table("person_part", records=records, columns=_PARTS)


async def between(tx: Connection, year: int, log_id: int, start: int, end: int) -> list[StoredEntry]:
    """Entries `start` to `end`, end exclusive; missing rows are missing."""
    return sql.structs(StoredEntry, await tx.fetch(QUERIES["read_entries"], year, log_id, start, end))


async def leaf_hashes(tx: Connection, year: int, log_id: int, start: int, end: int) -> dict[int, bytes]:
    """The hashes made when the entries were added, by index; the right edge of the tree."""
    rows = await tx.fetch(QUERIES["leaf_hashes"], year, log_id, start, end)
    return {row["entry_index"]: row["leaf_hash"] for row in rows}


async def find(tx: Connection, entry_id: UUID) -> StoredEntry | None:
    """An entry by its id, in whichever log it lies."""
    row = await tx.fetchrow(QUERIES["find_entry"], entry_id)
    return sql.struct(StoredEntry, row) if row else None


async def part(tx: Connection, entry: StoredEntry, role: str) -> tuple[bytes, bytes] | None:
    """Token and encrypted person part of one role."""
    row = await tx.fetchrow(QUERIES["read_part"], entry.year, entry.log_id, entry.entry_index, role)
    return (row["token"], row["box"]) if row else None


async def search(tx: Connection, year: int, log_id: int, wanted: Filter) -> list[StoredEntry]:
    """Newest first, at most `limit`."""
    rows = await tx.fetch(
        QUERIES["search_entries"],
        year,
        log_id,
        wanted.before,
        wanted.case_id,
        wanted.answer,
        wanted.action,
        wanted.unit,
        wanted.actor,
        wanted.subject,
        wanted.since,
        wanted.until,
        wanted.object_id,
        wanted.limit,
        wanted.purpose,
        wanted.reason,
        wanted.hidden_subjects,
        wanted.hidden_cases,
    )
    return sql.structs(StoredEntry, rows)


async def line(
    tx: Connection,
    wanted: Sequence[tuple[Log, bytes]],
    *,
    hidden: Sequence[tuple[Log, UUID]] = (),
    before: Cursor | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> list[StoredEntry]:
    """What several logs hold of one child, each under its own token: newest first, over all of them, without the `hidden` cases."""
    rows = await tx.fetch(
        QUERIES["read_line"],
        [log.year for log, _ in wanted],
        [log.log_id for log, _ in wanted],
        [token for _, token in wanted],
        before.at if before else None,
        before.entry_id if before else None,
        since,
        until,
        limit,
        [log.log_id for log, _ in hidden],
        [case_id for _, case_id in hidden],
    )
    return sql.structs(StoredEntry, rows)


async def first_beyond(tx: Connection, year: int, log_id: int, size: int) -> int | None:
    """The first row that lies where the log has none yet; None when there is none, as there should be."""
    index: int | None = await tx.fetchval(QUERIES["first_beyond"], year, log_id, size)
    return index


async def plan_anew(tx: Connection) -> None:
    """In this transaction plans are made for the tables as they are now.

    A year begins with empty partitions, where reading all rows is the best plan; kept for a log that has grown since, it ends at the
    statement timeout (seen in `tests/bench/audit.py`).
    """
    await tx.fetchval(QUERIES["plan_anew"])
