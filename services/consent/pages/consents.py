"""What holds now, and how it is stopped: what stops, what stays, one press, and *stopped* when it is."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.consent.pages.family import FAMILY, STATES, Labels, TheMeans, spoken
from services.consent.usecases.list_consents import ConsentListed, ConsentRow, list_consents
from services.consent.usecases.list_disclosures import list_disclosures
from services.consent.usecases.means import Means
from services.consent.usecases.through_barrier import through_barrier
from services.consent.usecases.withdraw_consent import withdraw_consent
from shared.auth import Caller
from shared.errors import NotFound
from shared.pages import AnyRequest, TheSite, forms
from shared.work import TheCaller, TheWork, Work

LIVE = frozenset({"holds", "paused"})


@get("/consents", guards=[FAMILY], include_in_schema=False)
async def list_own(request: AnyRequest, caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite) -> Response[str]:
    """One line for each thing that may be told, with its stop; then what has ended."""
    listed = await work.once(lambda tx: list_consents(tx, means, caller, now=work.now))
    live = [one for one in listed.consents if any(row.state in LIVE or row.state == "being-confirmed" for row in one.rows)]
    ended = [one for one in listed.consents if one not in live]
    return site.page(request, "consents.html", live=live, ended=ended, states=STATES, labels=Labels(means, spoken(site, request)))


@get("/consents/{consent_id:uuid}/stop", guards=[FAMILY], include_in_schema=False)
async def ask(
    request: AnyRequest, consent_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite
) -> Response[str]:
    """What stopping does, and what it cannot undo."""
    consent = await _own(work, means, caller, consent_id)
    rows = _rows(consent, request.query_params.get("row"))
    told = await work.once(lambda tx: list_disclosures(tx, means, caller, now=work.now))
    given = [one for one in told.disclosures if one.consent_id == consent_id]
    return site.page(
        request,
        "stop.html",
        consent=consent,
        rows=rows,
        given=given,
        one=len(rows) < len(consent.rows),
        labels=Labels(means, spoken(site, request)),
    )


@post("/consents/{consent_id:uuid}/stop", guards=[FAMILY], status_code=303, include_in_schema=False)
async def stop(request: AnyRequest, consent_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans) -> Response[None]:
    """Stop it; any login will do, as it must be as easy as saying yes (GDPR art. 7.3)."""
    form = await forms.read(request)
    row = forms.whole(form.one("row"))
    await through_barrier(work, means, lambda tx: withdraw_consent(tx, means, caller, consent_id, row, now=work.now))
    return Response(None, status_code=303, headers={"Location": f"/consents/{consent_id}/stopped"})


@get("/consents/{consent_id:uuid}/stopped", guards=[FAMILY], include_in_schema=False)
async def stopped(
    request: AnyRequest, consent_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite
) -> Response[str]:
    """*Stopped* only when sharing has said so; until then that it is being confirmed, and the page asks again."""
    consent = await _own(work, means, caller, consent_id)
    rows = [row for row in consent.rows if row.state not in LIVE]
    waits = any(row.state == "being-confirmed" for row in rows)
    at = max((row.valid_until for row in rows if row.state in {"stopped", "being-confirmed"} and row.valid_until is not None), default=None)
    still = [row for row in consent.rows if row.state in LIVE]
    return site.page(
        request, "stopped.html", consent=consent, rows=rows, waits=waits, at=at, still=still, labels=Labels(means, spoken(site, request))
    )


async def _own(work: Work, means: Means, caller: Caller, consent_id: UUID) -> ConsentListed:
    """One of the reader's; raises NotFound for every other, whether it exists or not."""
    listed = await work.once(lambda tx: list_consents(tx, means, caller, now=work.now))
    found = next((one for one in listed.consents if one.consent_id == consent_id), None)
    if found is None:
        raise NotFound
    return found


def _rows(consent: ConsentListed, asked: Any) -> list[ConsentRow]:
    """The row that the address names, else all that hold."""
    live = [row for row in consent.rows if row.state in LIVE]
    one = [row for row in live if str(row.row) == asked]
    return one or live


ROUTES: list[HTTPRouteHandler] = [list_own, ask, stop, stopped]
