"""`/mine`: what the log holds of one's own acts this month, for everybody at work. Sharing's pages lead here."""

from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.audit.pages.officer import TheKeeper, rows
from services.audit.usecases.read_own_acts import read_own_acts
from shared.auth import LOA3, Kind, requires
from shared.pages import N_, AnyRequest, Item, Site
from shared.work import TheCaller, TheWork

ANYBODY = requires("audit:read", kinds=frozenset({Kind.PERSON}), acr=LOA3)
NAVIGATION = (Item(href="/mine", text=N_("Det jag har gjort")), Item(href="/answers", text=N_("Frågor till mig")))


def routes(site: Site) -> list[HTTPRouteHandler]:
    """The page, in a frame without the officer's menu."""
    own = Site(name=site.name, folder=site.folder, navigation=NAVIGATION, theme=site.theme, drafts=site.drafts)

    @get("/mine", guards=[ANYBODY], include_in_schema=False)
    async def mine(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Response[Any]:
        """Newest first. Reading one's own log is an entry as any other."""
        async with work.database.transaction() as tx:
            found = await read_own_acts(tx, keeper, caller, now=work.now)
        return own.page(request, "mine.html", found=found, entries=rows(site.words(request), found.entries))

    return [mine]
