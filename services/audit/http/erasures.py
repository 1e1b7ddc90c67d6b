"""Erasures, for the officer: that they were done, how far, and which entry proves it. Who it was stands nowhere."""

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.audit.domain.log import FIRST_YEAR
from services.audit.http.entries import OFFICER
from services.audit.http.logs import check_name
from services.audit.http.views import TheKeeper
from services.audit.usecases.list_erasures import ErasureSeen, list_erasures
from shared.errors import NotFound
from shared.work import TheCaller, TheWork


class ErasuresSeen(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first, at most a hundred."""

    erasures: list[ErasureSeen]


@get("/v1/logs/{organisation:str}/erasures", guards=[OFFICER])
async def erasures(organisation: FromPath[str], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> ErasuresSeen:
    """The erasures of persons whom this organisation's logs knew."""
    check_name(organisation, FIRST_YEAR)
    async with work.database.transaction() as tx:
        found = await list_erasures(tx, keeper, caller, organisation, now=work.now)
    if found is None:
        raise NotFound
    return ErasuresSeen(erasures=found)


ROUTES: list[HTTPRouteHandler] = [erasures]
