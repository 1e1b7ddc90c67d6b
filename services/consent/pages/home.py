"""The front door, the reader's own start page, whom to turn to, and what a public service says of itself."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.consent.pages.family import FAMILY, NOTICES, OTHER_NOTICE, TheMeans
from services.consent.usecases.list_consents import list_consents
from services.consent.usecases.list_notices import list_notices
from services.consent.usecases.list_requests import list_requests
from shared.pages import AnyRequest, TheSite
from shared.work import TheCaller, TheWork


@get("/", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def front(request: AnyRequest, site: TheSite) -> Response[str]:
    """Before the login: what this is, and the way in."""
    return site.page(request, "front.html")


@get("/home", guards=[FAMILY], include_in_schema=False)
async def home(request: AnyRequest, caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite) -> Response[str]:
    """What waits for an answer, what holds, what is new."""
    asked = await work.once(lambda tx: list_requests(tx, means, caller, now=work.now))
    given = await work.once(lambda tx: list_consents(tx, means, caller, now=work.now))
    told = await work.once(lambda tx: list_notices(tx, means, caller, now=work.now))
    return site.page(
        request,
        "home.html",
        waiting=[one for one in asked.requests if not one.answered],
        holding=sum(row.state == "holds" for consent in given.consents for row in consent.rows),
        notices=told.notices[:3],
        words=NOTICES,
        other=OTHER_NOTICE,
    )


@get("/contacts", guards=[FAMILY], include_in_schema=False)
async def contacts(request: AnyRequest, caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite) -> Response[str]:
    """Whom to turn to: each organisation that has asked."""
    asked = await work.once(lambda tx: list_requests(tx, means, caller, now=work.now))
    return site.page(request, "contacts.html", organisations=list(dict.fromkeys(one.organisation for one in asked.requests)))


@get("/about", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def about(request: AnyRequest, site: TheSite) -> Response[str]:
    """What Samsyn is, in plain words."""
    return site.page(request, "about.html")


@get("/accessibility", opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def accessibility(request: AnyRequest, site: TheSite) -> Response[str]:
    """The statement that lag (2018:1937) om tillgänglighet till digital offentlig service demands."""
    return site.page(request, "accessibility.html")


ROUTES: list[HTTPRouteHandler] = [front, home, contacts, about, accessibility]
