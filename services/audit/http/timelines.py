"""A child's line over the logs that the officer may see."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from services.audit.domain.leaf import Leaf
from services.audit.domain.timeline import Cursor, Kind
from services.audit.http.entries import OFFICER
from services.audit.http.views import TheKeeper
from services.audit.usecases.read_timeline import Line, OnLine, Timeline, read_timeline
from services.audit.usecases.search_entries import MOST
from shared.contracts.consent import Child
from shared.database import Connection
from shared.errors import AppError, NotFound
from shared.ids import opaque_id
from shared.words import OpaqueId
from shared.work import TheCaller, TheWork


class BeforeView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the line goes on: as an earlier answer's `next_before` said."""

    at: datetime
    entry_id: UUID


class ReadTimeline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose line, from when to when."""

    child_ref: UUID
    """The organisation's own reference."""
    organisation: OpaqueId | None = None
    """Default: the caller's own. The line holds what all organisations have of which the caller is the officer."""
    since: datetime | None = None
    until: datetime | None = None
    before: BeforeView | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 50
    held: bool = False
    """Also what a hold hides; the entries of the reading say so."""


class OnLineView(msgspec.Struct, frozen=True, kw_only=True):
    """One entry with what it was a part of."""

    organisation: str
    year: int
    index: int
    kind: Kind | None
    intact: bool
    entry: Leaf | None

    @classmethod
    def of(cls, one: OnLine) -> "OnLineView":
        """From the use case's answer."""
        return cls(
            organisation=one.organisation,
            year=one.year,
            index=one.seen.index,
            kind=one.kind,
            intact=one.seen.intact,
            entry=one.seen.leaf,
        )


class TimelineView(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the line, newest first."""

    logs: tuple[str, ...]
    lines: tuple[OnLineView, ...]
    next_before: BeforeView | None
    holds: int
    """How many holds there are in these logs; without `held` what they are on is left out."""

    @classmethod
    def of(cls, found: Timeline) -> "TimelineView":
        """From the use case's answer."""
        after = found.next_before
        return cls(
            logs=found.logs,
            lines=tuple(map(OnLineView.of, found.lines)),
            next_before=BeforeView(at=after.at, entry_id=after.entry_id) if after else None,
            holds=found.holds,
        )


@post("/v1/timelines", guards=[OFFICER], opt={"reads": True}, status_code=200)
async def timeline(data: JSONBody[ReadTimeline], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> TimelineView:
    """Consent, decision, delivery and reading in one order. The reading is an entry of every log that it is out of."""
    organisation = data.organisation or caller.organisation or keeper.operator
    child = await work.ask(Child(organisation=organisation, child_ref=data.child_ref))
    asked = Line(
        organisation=organisation,
        subject_id=child.subject_id or opaque_id(),
        since=data.since,
        until=data.until,
        before=Cursor(at=data.before.at, entry_id=data.before.entry_id) if data.before else None,
        limit=data.limit,
        held=data.held,
    )

    async def effect(tx: Connection) -> TimelineView | AppError:
        found = await read_timeline(tx, keeper, caller, asked, now=work.now)
        return TimelineView.of(found) if found else NotFound()

    return await work.once(effect)


ROUTES: list[HTTPRouteHandler] = [timeline]
