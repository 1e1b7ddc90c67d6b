"""`/status` of a house: for whoever runs the service. What is up, what waits, what could not be taken, and taking it again.

    *status.routes(site, operating, handles, parts.health, newest=..., facts=...)          # services/<house>/app.py, in `wire`

Figures, instants and codes only. Each look and each replay is an entry in the operator's log; for everybody else there is nothing here.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from shared import problems
from shared.auth import LOA3, requires
from shared.backlog import Backlog, read_backlog
from shared.database import Connection
from shared.errors import AppError, Conflict, NotFound
from shared.health import MAX_OUTBOX_AGE, Health
from shared.inbox import Handles
from shared.operating import PEOPLE, DeadLetterView, Operating, list_letters, take_again
from shared.pages import forms
from shared.pages.site import HERE, AnyRequest, Site
from shared.pages.texts import N_, Catalogue
from shared.work import TheCaller, TheWork

CHECKS = {
    "database": N_("Databasen svarar"),
    "schema": N_("Databasen är uppdaterad"),
    "clock": N_("Klockan stämmer med databasens"),
    "outbox": N_("Det som ska skickas går iväg"),
    "bus": N_("Bussen är ansluten"),
    "issuer-keys": N_("Inloggningens nycklar är hämtade"),
    "loops": N_("Bakgrundsarbetet går"),
    "logs": N_("Loggarna stämmer"),
}
KINDS = {"entries": N_("Loggposter till granskningen"), "events": N_("Händelser till andra tjänster"), "notices": N_("Besked till system")}
HOUSES = {"consent": N_("Samtycke"), "sharing": N_("Delning"), "audit": N_("Granskning")}
SLOW = timedelta(minutes=5)
"""What has waited so long for a receipt is said as something to mind; never of notices, which organisations fetch when they like."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One more thing that this house says of itself, in the reader's language."""

    name: str
    said: str
    look: str = "neutral"
    """`yes`, `mind`, `no` or `neutral`, as tags are."""


Facts = Callable[[Connection, Catalogue, datetime], Awaitable[Sequence[Fact]]]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The page."""

    backlog: Backlog
    letters: tuple[DeadLetterView, ...]
    facts: tuple[Fact, ...]


async def nothing_more(_tx: Connection, _words: Catalogue, _now: datetime) -> Sequence[Fact]:
    """A house with no more to say."""
    return ()


def routes(
    site: Site, operating: Operating, handles: Handles, health: Health, *, house: str, facts: Facts = nothing_more
) -> list[HTTPRouteHandler]:
    """The page and its one act."""
    own = Site(name=HOUSES[house], folder=HERE, theme=site.theme, drafts=site.drafts)
    guard = requires(operating.scope, kinds=PEOPLE, acr=LOA3)

    async def shown(request: AnyRequest, caller: Any, work: Any, *, done: bool = False, fault: str | None = None) -> Response[str]:
        async def effect(tx: Connection) -> Standing | AppError:
            if (refusal := await operating.allow(tx, caller, "status.read", object_id=None, now=work.now)) is not None:
                return refusal
            more = await facts(tx, site.words(request), work.now)
            return Standing(backlog=await read_backlog(tx), letters=(await list_letters(tx)).dead_letters, facts=tuple(more))

        found = await work.once(effect)
        return own.page(
            request,
            "status.html",
            status=409 if fault else 200,
            found=found,
            ready=await health.look(),
            checks=CHECKS,
            kinds=KINDS,
            houses=HOUSES,
            late={one.kind for one in found.backlog.waiting if one.kind != "notices" and is_late(one.oldest, one.unsent, work.now)},
            now=work.now,
            done=done,
            fault=None if fault is None else problems.TEXTS.get(fault),
        )

    @get("/status", guards=[guard], include_in_schema=False)
    async def status(request: AnyRequest, caller: TheCaller, work: TheWork) -> Response[str]:
        """How this house stands now."""
        return await shown(request, caller, work, done=request.query_params.get("done") == "taken")

    @post("/status", guards=[guard], status_code=303, include_in_schema=False)
    async def replay(request: AnyRequest, caller: TheCaller, work: TheWork) -> Response[Any]:
        """Take one dead letter as if it came now."""
        letter_id = _uuid((await forms.read(request)).one("letter"))

        async def effect(tx: Connection) -> DeadLetterView | AppError:
            if (refusal := await operating.allow(tx, caller, "dead-letter.replayed", object_id=letter_id, now=work.now)) is not None:
                return refusal
            return NotFound() if letter_id is None else await take_again(tx, handles, letter_id, now=work.now)

        try:
            await work.once(effect)
        except Conflict as error:
            return await shown(request, caller, work, fault=error.code)
        return Response(None, status_code=303, headers={"Location": "/status?done=taken"})

    return [status, replay]


def is_late(oldest: datetime, unsent: int, now: datetime) -> bool:
    """Whether the oldest should have had its receipt long ago, or should have been sent."""
    return now - oldest > (MAX_OUTBOX_AGE if unsent else SLOW)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
