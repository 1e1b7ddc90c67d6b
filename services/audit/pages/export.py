"""`/export`: a whole log, or the part about a child, a case or a time, as one file that anybody can check without us."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import IO, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import FIRST_YEAR, LAST_YEAR, year_of
from services.audit.pages.officer import TheKeeper, day, midnight, organisation_of, uuid
from services.audit.usecases.export_archive import export_archive
from services.audit.usecases.export_scope import Report, Scope, export_scope
from shared.auth import LOA3, Caller, Kind, requires
from shared.contracts.consent import Child
from shared.database import Connection
from shared.errors import NotFound
from shared.ids import opaque_id
from shared.pages import N_, AnyRequest, Form, Site, TheSite, forms
from shared.work import TheCaller, TheWork, Work

EXPORTER = requires("audit:export", kinds=frozenset({Kind.PERSON}), acr=LOA3)
CHUNK = 1 << 16
KEPT_YEARS = 10
PART = ("child_ref", "case_id", "since", "until")
"""What narrows a part; all that is said holds for each entry of it."""


def routes(paper: Report) -> list[HTTPRouteHandler]:
    """The page and its two files. `paper` makes a part's report for people."""

    @get("/export", guards=[EXPORTER], include_in_schema=False)
    async def ask(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[str]:
        """What the file holds and what it does not, before it is made."""
        return page(request, caller, work, keeper, site, {}, {})

    @post("/export", guards=[EXPORTER], status_code=200, include_in_schema=False)
    async def send(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[Any]:
        """The file. The export is an entry before its first byte leaves."""
        form, organisation = await forms.read(request), organisation_of(caller, keeper)
        year = form.one("year")
        if not (year.isascii() and year.isdecimal() and len(year) == len(str(LAST_YEAR)) and FIRST_YEAR <= int(year) <= LAST_YEAR):
            raise NotFound
        if form.one("what") != "part":
            return await _file(work, f"{organisation}-{year}.zip", lambda tx, out: _whole(tx, keeper, caller, year, work, out))
        scope, faults = await read_scope(form, organisation, int(year), work)
        if scope is None:
            said = {name: site.words(request).gettext(text) for name, text in faults.items()}
            return page(request, caller, work, keeper, site, {name: form.one(name) for name in (*PART, "year")}, said)
        return await _file(
            work, f"{organisation}-{year}-scope.zip", lambda tx, out: export_scope(tx, keeper, caller, scope, paper, out, now=work.now)
        )

    return [ask, send]


def page(
    request: AnyRequest, caller: Caller, work: Work, keeper: Keeper, site: Site, typed: dict[str, str], faults: dict[str, str]
) -> Response[str]:
    """Both forms."""
    this = year_of(work.now)
    years = [(str(year), str(year)) for year in range(this, max(FIRST_YEAR, this - KEPT_YEARS) - 1, -1)]
    return site.page(
        request,
        "export.html",
        status=400 if faults else 200,
        organisation=organisation_of(caller, keeper),
        years=years,
        typed=typed,
        faults=faults,
    )


async def read_scope(form: Form, organisation: str, year: int, work: Work) -> tuple[Scope | None, dict[str, str]]:
    """What is asked for, or what is wrong. A reference that consent does not know leads to an empty part, as over HTTP."""
    given = {name: form.one(name) for name in PART}
    ids: dict[str, UUID | None] = {name: uuid(given[name]) for name in ("child_ref", "case_id")}
    days: dict[str, date | None] = {name: day(given[name]) for name in ("since", "until")}
    wrong = {name: NO_ID if name in ids else NO_DAY for name, found in (ids | days).items() if given[name] and found is None}
    if not any(given.values()):
        wrong["child_ref"] = N_("Skriv minst ett av fälten; hela loggen hämtas ovan")
    if wrong:
        return None, wrong
    subject_id = None
    if (child := ids["child_ref"]) is not None:
        subject_id = (await work.ask(Child(organisation=organisation, child_ref=child))).subject_id or opaque_id()
    since, until = days["since"], days["until"]
    return Scope(
        organisation=organisation,
        year=year,
        subject_id=subject_id,
        case_id=ids["case_id"],
        since=None if since is None else midnight(since),
        until=None if until is None else midnight(until, after=True),
    ), {}


NO_ID = N_("Ett id har 32 tecken och fyra streck")
NO_DAY = N_("Skriv dagen som ÅÅÅÅ-MM-DD")


async def _whole(tx: Connection, keeper: Keeper, caller: Caller, year: str, work: Work, out: IO[bytes]) -> bool:
    return await export_archive(tx, keeper, caller, organisation_of(caller, keeper), int(year), out, now=work.now)


async def _file(work: Work, name: str, write: Callable[[Connection, IO[bytes]], Awaitable[bool]]) -> Stream:
    spool = tempfile.TemporaryFile()  # noqa: SIM115  closed by the stream, after the last byte
    made = False
    try:
        async with work.database.transaction() as tx:
            made = await write(tx, spool)
    finally:
        if not made:
            spool.close()
    if not made:
        raise NotFound
    return Stream(_chunks(spool), media_type="application/zip", headers={"content-disposition": f'attachment; filename="{name}"'})


async def _chunks(spool: IO[bytes]) -> AsyncIterator[bytes]:
    with spool:
        spool.seek(0)
        while chunk := spool.read(CHUNK):
            yield chunk
