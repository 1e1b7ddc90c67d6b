"""`/processing`: the organisation's record of processing activities (GDPR art. 30), to read, print and take along."""

from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.audit.pages.officer import OFFICER, TheKeeper, organisation_of
from services.audit.pages.words import PURPOSES, said
from services.audit.usecases.tell_processing import ProcessingRecords, tell_processing
from shared.contracts.processing import Processing
from shared.database import Connection
from shared.errors import AppError, NotFound, Unavailable
from shared.pages import N_, AnyRequest, TheSite
from shared.work import TheCaller, TheWork

OWN_PURPOSES = {"accountability": N_("visa vem som gjorde vad"), "security": N_("skydda uppgifterna")}
SUBJECTS = {"child": N_("barn"), "guardian": N_("vårdnadshavare"), "employee": N_("medarbetare")}


@get("/processing", guards=[OFFICER], include_in_schema=False)
async def show(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[Any]:
    """Made anew from the rules and agreements of this moment; without sharing there is nothing to make it from, and that is said."""
    organisation = organisation_of(caller, keeper)
    try:
        found = await work.ask(Processing(organisation=organisation))
    except Unavailable:
        return site.page(request, "processing.html", status=503, told=None)

    async def effect(tx: Connection) -> ProcessingRecords | AppError:
        return await tell_processing(tx, keeper, caller, organisation, found, now=work.now) or NotFound()

    told = await work.once(effect)
    words, english = site.words(request), site.language(request) == "en"
    return site.page(
        request,
        "processing.html",
        told=told,
        english=english,
        called=found.en if english else found.sv,
        purposes={one: said(words, PURPOSES, one) for record in told.sharing.records for one in record.purposes},
        own_purposes=[words.gettext(OWN_PURPOSES[one]) for one in told.log.purposes],
        subjects=[words.gettext(SUBJECTS[one]) for one in told.log.subjects],
    )


ROUTES: list[HTTPRouteHandler] = [show]
