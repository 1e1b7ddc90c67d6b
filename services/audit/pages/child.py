"""`/child`: one child's line over every log that the officer may see: consent, decision, delivery and reading in one order."""

from datetime import datetime
from urllib.parse import urlencode

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.audit.domain.timeline import Cursor
from services.audit.pages.officer import OFFICER, SHORT, TheKeeper, organisation_of, row, uuid
from services.audit.pages.words import KINDS
from services.audit.usecases.read_timeline import Line, Timeline, read_timeline
from shared.contracts.consent import Child
from shared.database import Connection
from shared.errors import AppError, NotFound
from shared.ids import opaque_id
from shared.pages import AnyRequest, TheSite
from shared.work import TheCaller, TheWork


@get("/child", guards=[OFFICER], include_in_schema=False)
async def line(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[str]:
    """Asked with the organisation's own reference, which says nothing to anybody else."""
    words, query = site.words(request), request.query_params
    given = query.get("child_ref", "").strip()
    reference = uuid(given)
    if reference is None:
        faults = {"child_ref": words.gettext("Ett barns referens har 32 tecken och fyra streck")} if given else {}
        return site.page(request, "child.html", status=400 if faults else 200, given=given, found=None, older=None, faults=faults)
    organisation = organisation_of(caller, keeper)
    child = await work.ask(Child(organisation=organisation, child_ref=reference))
    asked = Line(organisation=organisation, subject_id=child.subject_id or opaque_id(), before=_cursor(query.get("at"), query.get("entry")))

    async def effect(tx: Connection) -> Timeline | AppError:
        return await read_timeline(tx, keeper, caller, asked, now=work.now) or NotFound()

    found = await work.once(effect)
    after = found.next_before
    older = f"/child?{urlencode({'child_ref': given, 'at': after.at.isoformat(), 'entry': after.entry_id})}" if after else None
    lines = [(one.organisation, words.gettext(KINDS[one.kind][0]) if one.kind else "", row(words, one.seen)) for one in found.lines]
    return site.page(request, "child.html", given=given, found=lines, older=older, short=SHORT, faults={})


def _cursor(at: str | None, entry: str | None) -> Cursor | None:
    entry_id = uuid(entry or "")
    try:
        moment = datetime.fromisoformat(at or "")
    except ValueError:
        return None
    return Cursor(at=moment, entry_id=entry_id) if entry_id and moment.tzinfo else None


ROUTES: list[HTTPRouteHandler] = [line]
