"""The follow-up numbers, as JSON and as CSV."""

import csv
import io

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.audit.domain.log import FIRST_YEAR, LAST_YEAR
from services.audit.domain.statistics import Cell
from services.audit.http.entries import OFFICER
from services.audit.http.views import TheKeeper
from services.audit.usecases.tell_statistics import Statistics, tell_statistics
from shared.errors import NotFound
from shared.work import TheCaller, TheWork, Work


class StatisticsView(msgspec.Struct, frozen=True, kw_only=True):
    """All cells; a `count` that is null is from one to four."""

    year: int
    sizes: dict[str, int]
    cells: tuple[Cell, ...]


@get("/v1/statistics/{year:int}", guards=[OFFICER])
async def statistics(year: FromPath[int], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> StatisticsView:
    """Consents asked, given, refused, withdrawn; answers by label and reason; waiting times: by organisation, model and quarter."""
    told = await _told(year, caller, work, keeper)
    return StatisticsView(year=told.year, sizes=told.sizes, cells=told.cells)


@get("/v1/statistics/{year:int}/csv", guards=[OFFICER])
async def as_csv(year: FromPath[int], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Response[str]:
    """The same as lines with semicolons; `<5` for what is from one to four."""
    told = await _told(year, caller, work, keeper)
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";", lineterminator="\r\n")
    lines.writerow(Cell.__struct_fields__)
    for cell in told.cells:
        lines.writerow((cell.organisation, cell.quarter, cell.model, cell.measure, "<5" if cell.count is None else cell.count))
    named = {"content-disposition": f'attachment; filename="statistics-{year}.csv"'}
    return Response(text.getvalue(), media_type="text/csv", headers=named)


async def _told(year: int, caller: TheCaller, work: Work, keeper: TheKeeper) -> Statistics:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound
    async with work.database.transaction() as tx:
        told = await tell_statistics(tx, keeper, caller, year, now=work.now)
    if told is None:
        raise NotFound
    return told


ROUTES: list[HTTPRouteHandler] = [statistics, as_csv]
