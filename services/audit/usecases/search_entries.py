"""The officer's search in one log: newest first, page by page; the search is an entry before its answer leaves (rule 36)."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.leaf import Leaf, decode, timestamp
from services.audit.domain.log import StoredEntry, year_of
from services.audit.domain.tree import leaf_hash
from services.audit.storage import entries, logs
from services.audit.usecases.keep_held import hidden_in
from services.audit.usecases.name_people import Wanted, find_token
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from shared.auth import Caller
from shared.database import Connection

MOST = 200
"""Entries on one page at most."""


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for. Absent fields do not narrow; a search without any is the whole log, page by page."""

    organisation: str
    year: int | None = None
    """Default: this year's log."""
    case_id: UUID | None = None
    object_id: UUID | None = None
    answer: str | None = None
    action: str | None = None
    unit: str | None = None
    actor: bytes | None = None
    """A token out of an earlier answer."""
    professional: str | None = None
    """`<issuer> <subject>` of a person at work, in place of their token."""
    purpose: str | None = None
    reason: str | None = None
    subject_id: UUID | None = None
    """The child, already found by consent from the organisation's own reference."""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 50
    held: bool = False
    """Show what a hold hides too: the entry of the search says that it was shown."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as read: its place, its public part, and whether the bytes still hash to what was committed."""

    index: int
    intact: bool
    leaf: Leaf | None
    """None when the stored bytes are no leaf any more."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A page. `next_before` continues; None: that was all."""

    log: str
    year: int
    size: int
    entries: tuple[Seen, ...]
    next_before: int | None
    holds: int = 0
    """How many holds leave something out of this page, or would; with `held` nothing is left out."""


async def search_entries(tx: Connection, keeper: Keeper, caller: Caller, search: Search, *, now: datetime) -> Found | None:
    """A page of the log; None when there is no such log or it is not the caller's to read, which is an entry too."""
    log = await logs.find(tx, search.organisation, search.year or year_of(now))
    if log is None or not await may_read(tx, caller, search.organisation, now=now):
        await record_refusal(tx, keeper, caller, search.organisation if log else None, now=now)
        return None
    state = await logs.state(tx, log.log_id)
    subject, actor = None, search.actor
    if search.subject_id is not None:
        # Whom the log has never met has no token; sixteen zero bytes are nobody's either.
        subject = await find_token(tx, keeper, Wanted(log, "subject", str(search.subject_id))) or bytes(16)
    if search.professional is not None:
        actor = await find_token(tx, keeper, Wanted(log, "actor", search.professional)) or bytes(16)
    hidden = await hidden_in(tx, keeper, log)
    wanted = entries.Filter(
        before=state.size if search.before is None else search.before,
        limit=min(search.limit, MOST),
        case_id=search.case_id,
        object_id=search.object_id,
        answer=search.answer,
        action=search.action,
        unit=search.unit,
        actor=actor,
        subject=subject,
        since=search.since,
        until=search.until,
        purpose=search.purpose,
        reason=search.reason,
        hidden_subjects=() if search.held else hidden.subjects,
        hidden_cases=() if search.held else hidden.cases,
    )
    rows = await entries.search(tx, log.year, log.log_id, wanted)
    said = (*_said(wanted, state.size), *(("held=shown",) if search.held else ()))
    await record_reading(tx, keeper, caller, search.organisation, "log.searched", query=said, count=len(rows), now=now)
    return Found(
        log=log.origin,
        year=log.year,
        size=state.size,
        entries=tuple(as_seen(row) for row in rows),
        next_before=rows[-1].entry_index if len(rows) == wanted.limit else None,
        holds=hidden.holds,
    )


def as_seen(row: StoredEntry) -> Seen:
    """A stored row for a reader, hashed anew on the way out."""
    try:
        leaf = decode(row.stored)
    except msgspec.DecodeError:
        leaf = None
    return Seen(index=row.entry_index, intact=leaf_hash(row.stored) == row.leaf_hash, leaf=leaf)


def _said(wanted: entries.Filter, size: int) -> Iterator[str]:
    """What was asked for, for the log: codes, references, tokens and times, all without a person's name in them."""
    for name in ("case_id", "object_id", "answer", "action", "unit", "purpose", "reason"):
        if value := getattr(wanted, name):
            yield f"{name}={value}"
    for name in ("actor", "subject"):
        if token := getattr(wanted, name):
            yield f"{name}={token.hex()}"
    for name in ("since", "until"):
        if moment := getattr(wanted, name):
            yield f"{name}={timestamp(moment)}"
    if wanted.before < size:
        yield f"before={wanted.before}"
