"""`/`: what waits for me today. `/cases`: the cases of my units."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromQuery

from services.sharing.pages.matters import ASKS
from services.sharing.pages.staff import READS, TheGround, once
from services.sharing.pages.words import DUTIES, STEPS, Speech, short
from services.sharing.usecases.answer_matter import MattersView, list_matters
from services.sharing.usecases.end_duty import DutiesView, list_duties
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.know_workplace import name_units
from services.sharing.usecases.list_cases import CasesView, list_cases
from shared.auth import Caller
from shared.errors import NotFound
from shared.pages import AnyRequest, TheSite
from shared.work import TheCaller, TheWork, Work

SHOWN = 10
"""On the first page; the rest is one press away."""


@get("/", guards=[READS], include_in_schema=False)
async def start(request: AnyRequest, caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite) -> Response[str]:
    """What is due, what waits for an answer, my cases. Somebody without a grant reads whom to ask for one."""
    try:
        listed = await _cases(work, caller, ground, None, closed=False)
    except NotFound:
        return site.page(request, "no_grant.html")
    duties: DutiesView = await once(work, lambda tx: list_duties(tx, caller, now=work.now))
    asked: MattersView = await once(work, lambda tx: list_matters(tx, caller, before=None, now=work.now))
    own = {one.unit for one in listed.cases} | {one.unit for one in duties.duties}
    waiting = [one for one in asked.matters if one.answer is None and one.to_organisation == caller.organisation]
    named = await once(work, lambda tx: name_units(tx, own | {unit for one in waiting for unit in (one.from_unit, one.to_unit)}))
    cases = sorted(listed.cases, key=lambda one: (not one.mine, one.next_due or work.now.replace(year=9000)))
    return site.page(
        request,
        "start.html",
        cases=cases[:SHOWN],
        more=len(cases) > SHOWN or listed.before is not None,
        duties=[one for one in duties.duties if one.done_at is None],
        waiting=waiting,
        says=Speech(ground, site, request, named.names),
        steps=STEPS,
        owed=DUTIES,
        asks=ASKS,
        short=short,
        now=work.now,
        naming=ground.naming_url,
        own_acts=ground.own_acts_url,
    )


@get("/cases", guards=[READS], include_in_schema=False)
async def list_own(
    request: AnyRequest,
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
    before: FromQuery[UUID | None] = None,
    closed: FromQuery[bool] = False,
) -> Response[str]:
    """The cases of the units that the reader may act for, newest first, a page at a time."""
    listed = await _cases(work, caller, ground, before, closed=closed)
    named = await once(work, lambda tx: name_units(tx, {one.unit for one in listed.cases}))
    return site.page(
        request,
        "cases.html",
        cases=listed.cases,
        closed=closed,
        older=listed.before,
        says=Speech(ground, site, request, named.names),
        steps=STEPS,
        short=short,
        now=work.now,
    )


async def _cases(work: Work, caller: Caller, ground: Ground, before: UUID | None, *, closed: bool) -> CasesView:
    return await once(work, lambda tx: list_cases(tx, caller, tables=ground.tables, before=before, is_open=not closed, now=work.now))


ROUTES: list[Any] = [start, list_own]
