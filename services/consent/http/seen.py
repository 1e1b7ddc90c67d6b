"""The family's extract: who has seen what."""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from services.consent.http.children import TheMeans
from services.consent.http.requests import FAMILY
from services.consent.usecases.list_seen import SeenList, ask_audit, find_readable, list_seen
from shared.work import TheCaller, TheWork


@get("/v1/seen", guards=[FAMILY])
async def seen(caller: TheCaller, work: TheWork, means: TheMeans) -> SeenList:
    """Who has seen what about the reader's children. When audit is out of reach the list says so instead of failing."""
    async with work.database.transaction() as tx:
        readable = await find_readable(tx, means, caller, now=work.now)
    answers = await ask_audit(work.ask, readable)
    return await work.once(lambda tx: list_seen(tx, caller, readable, answers, now=work.now))


ROUTES: list[HTTPRouteHandler] = [seen]
