"""`/statistics`: follow-up in numbers, out of the log alone; what could point at a single family is not shown."""

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.audit.domain.log import FIRST_YEAR, year_of
from services.audit.pages.officer import OFFICER, TheKeeper
from services.audit.pages.words import MEASURES, said
from services.audit.usecases.tell_statistics import tell_statistics
from shared.errors import NotFound
from shared.pages import AnyRequest, TheSite
from shared.work import TheCaller, TheWork

KEPT_YEARS = 10
REASON = "reason-"
"""Why an answer was what it was. The words of these codes are sharing's, so here they stand as codes."""
UNBROKEN = "\u2011"
"""A hyphen that no narrow column breaks at."""


@get("/statistics", guards=[OFFICER], include_in_schema=False)
async def show(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[str]:
    """One year, by quarter and model; the count is an entry in each log that was counted."""
    this = year_of(work.now)
    years = [str(year) for year in range(this, max(FIRST_YEAR, this - KEPT_YEARS) - 1, -1)]
    given = request.query_params.get("year", str(this))
    year = given if given in years else str(this)
    async with work.database.transaction() as tx:
        told = await tell_statistics(tx, keeper, caller, int(year), now=work.now)
    if told is None:
        raise NotFound
    words = site.words(request)
    cells, reasons = [], []
    for cell in told.cells:
        number = "1–4" if cell.count is None else str(cell.count)
        rest = (cell.quarter.replace("-", UNBROKEN), cell.model, number)
        if cell.measure.startswith(REASON):
            reasons.append((cell.measure.removeprefix(REASON), *rest))
        else:
            cells.append((said(words, MEASURES, cell.measure), *rest))
    choices = [(one, one) for one in years]
    return site.page(request, "statistics.html", cells=cells, reasons=reasons, sizes=told.sizes, year=year, years=choices)


ROUTES: list[HTTPRouteHandler] = [show]
