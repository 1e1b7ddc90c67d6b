"""A child's line over all logs that the officer may see: consent, decision, delivery and reading in one order (A31)."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Log
from services.audit.domain.timeline import Cursor, Kind, kind_of
from services.audit.storage import entries, logs, register
from services.audit.usecases.keep_held import hidden_in
from services.audit.usecases.name_people import Wanted, find_token
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from services.audit.usecases.search_entries import MOST, Seen, as_seen
from shared.auth import Caller
from shared.database import Connection


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Which child, from when to when, and where to go on."""

    organisation: str
    """Whose reference named the child; its officer asks."""
    subject_id: UUID
    since: datetime | None = None
    until: datetime | None = None
    before: Cursor | None = None
    limit: int = 50
    held: bool = False
    """Show what a hold hides too; the entries of the reading say so."""


class OnLine(msgspec.Struct, frozen=True, kw_only=True):
    """One entry on the line."""

    organisation: str
    year: int
    kind: Kind | None
    """None when the stored bytes are no leaf any more."""
    seen: Seen


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first; `next_before` goes on."""

    logs: tuple[str, ...]
    """The logs that know the child, of those the officer may see."""
    lines: tuple[OnLine, ...]
    next_before: Cursor | None
    holds: int = 0
    """How many holds there are in these logs: what they are on is left out, unless `held` was asked for."""


async def read_timeline(tx: Connection, keeper: Keeper, caller: Caller, asked: Line, *, now: datetime) -> Timeline | None:
    """A page; None when the caller is not the officer of the organisation that they name, which is an entry too.

    The reading is an entry in each log that knows the child, and in the asking organisation's newest where none does.
    """
    if not await may_read(tx, caller, asked.organisation, now=now):
        owner = asked.organisation if await register.is_known(tx, asked.organisation) else None
        await record_refusal(tx, keeper, caller, owner, now=now)
        return None
    known: list[tuple[Log, bytes]] = []
    for organisation in await register.organisations_of_officer(tx, caller.principal, now):
        for log in await logs.of_organisation(tx, organisation):
            token = await find_token(tx, keeper, Wanted(log, "subject", str(asked.subject_id)))
            if token is not None:
                known.append((log, token))
    hidden = {log.log_id: await hidden_in(tx, keeper, log) for log, _ in known}
    shown = [(log, token) for log, token in known if asked.held or token not in hidden[log.log_id].subjects]
    cases = [] if asked.held else [(log, case_id) for log, _ in known for case_id in hidden[log.log_id].cases]
    limit = min(asked.limit, MOST)
    rows = await entries.line(tx, shown, hidden=cases, before=asked.before, since=asked.since, until=asked.until, limit=limit)
    by_id = {log.log_id: log for log, _ in known}
    await _record(tx, keeper, caller, asked, known, [row.log_id for row in rows], now=now)
    seen = [(by_id[row.log_id], as_seen(row)) for row in rows]
    lines = tuple(
        OnLine(organisation=log.organisation, year=log.year, kind=kind_of(one.leaf) if one.leaf else None, seen=one) for log, one in seen
    )
    return Timeline(
        logs=tuple(log.origin for log, _ in known),
        lines=lines,
        next_before=_next(lines) if len(rows) == limit else None,
        holds=sum(one.holds for one in hidden.values()),
    )


def _next(lines: tuple[OnLine, ...]) -> Cursor | None:
    leaf = lines[-1].seen.leaf
    return Cursor(at=datetime.fromisoformat(leaf.at), entry_id=UUID(leaf.entry_id)) if leaf else None


async def _record(
    tx: Connection, keeper: Keeper, caller: Caller, asked: Line, known: list[tuple[Log, bytes]], found: list[int], *, now: datetime
) -> None:
    if not known:
        await record_reading(tx, keeper, caller, asked.organisation, "timeline.read", count=0, now=now)
    for log, token in known:
        query = (f"subject={token.hex()}", f"year={log.year}", *(("held=shown",) if asked.held else ()))
        await record_reading(tx, keeper, caller, log.organisation, "timeline.read", query=query, count=found.count(log.log_id), now=now)
