"""My look-ups this month: for everybody at work who is logged in."""

from datetime import datetime

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler

from services.audit.http.views import EntryView, TheKeeper
from services.audit.usecases.read_own_acts import read_own_acts
from shared.auth import LOA3, Kind, requires
from shared.work import TheCaller, TheWork

ANYBODY = requires("audit:read", kinds=frozenset({Kind.PERSON}), acr=LOA3)


class MineView(msgspec.Struct, frozen=True, kw_only=True):
    """What the log holds of one's own acts since the month began, newest first."""

    since: datetime
    entries: tuple[EntryView, ...]
    children: int
    more: bool


@get("/v1/mine", guards=[ANYBODY])
async def mine(caller: TheCaller, work: TheWork, keeper: TheKeeper) -> MineView:
    """One's own log. Reading it is an entry too."""
    async with work.database.transaction() as tx:
        found = await read_own_acts(tx, keeper, caller, now=work.now)
    return MineView(since=found.since, entries=tuple(map(EntryView.of, found.entries)), children=found.children, more=found.more)


ROUTES: list[HTTPRouteHandler] = [mine]
