"""`/export`: a whole log as one file that anybody can check without us."""

import tempfile
from collections.abc import AsyncIterator
from typing import IO

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from services.audit.domain.log import FIRST_YEAR, LAST_YEAR, year_of
from services.audit.pages.officer import TheKeeper, organisation_of
from services.audit.usecases.export_archive import export_archive
from shared.auth import LOA3, Kind, requires
from shared.errors import NotFound
from shared.pages import AnyRequest, TheSite, forms
from shared.work import TheCaller, TheWork

EXPORTER = requires("audit:export", kinds=frozenset({Kind.PERSON}), acr=LOA3)
CHUNK = 1 << 16
KEPT_YEARS = 10


@get("/export", guards=[EXPORTER], include_in_schema=False)
async def ask(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[str]:
    """What the file holds and what it does not, before it is made."""
    this = year_of(work.now)
    years = [(str(year), str(year)) for year in range(this, max(FIRST_YEAR, this - KEPT_YEARS) - 1, -1)]
    return site.page(request, "export.html", organisation=organisation_of(caller, keeper), years=years, missing=False, faults={})


@post("/export", guards=[EXPORTER], status_code=200, include_in_schema=False)
async def send(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Stream:
    """The file. The export is an entry before its first byte leaves."""
    form = await forms.read(request)
    year, organisation = form.one("year"), organisation_of(caller, keeper)
    if not (year.isascii() and year.isdecimal() and FIRST_YEAR <= int(year) <= LAST_YEAR):
        raise NotFound
    spool = tempfile.TemporaryFile()  # noqa: SIM115  closed by the stream, after the last byte
    made = False
    try:
        async with work.database.transaction() as tx:
            made = await export_archive(tx, keeper, caller, organisation, int(year), spool, now=work.now)
    finally:
        if not made:
            spool.close()
    if not made:
        raise NotFound
    name = f"{organisation}-{year}.zip"
    return Stream(_chunks(spool), media_type="application/zip", headers={"content-disposition": f'attachment; filename="{name}"'})


async def _chunks(spool: IO[bytes]) -> AsyncIterator[bytes]:
    with spool:
        spool.seek(0)
        while chunk := spool.read(CHUNK):
            yield chunk


ROUTES: list[HTTPRouteHandler] = [ask, send]
