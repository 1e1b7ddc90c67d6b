"""What has happened: what was told and to whom, notices, receipts."""

from itertools import groupby
from uuid import UUID

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.consent.pages.family import ACTS, CHOICES, FAMILY, NOTICES, OTHER_ACT, OTHER_NOTICE, Labels, TheMeans, spoken
from services.consent.usecases.list_disclosures import list_disclosures
from services.consent.usecases.list_notices import list_notices
from services.consent.usecases.list_seen import ask_audit, find_readable, list_seen
from services.consent.usecases.read_receipt import list_receipts, read_receipt
from shared.clock import STOCKHOLM
from shared.pages import AnyRequest, TheSite
from shared.work import TheCaller, TheWork


@get("/seen", guards=[FAMILY], include_in_schema=False)
async def seen(request: AnyRequest, caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite) -> Response[str]:
    """By day, in sentences: who told whom what, why, and on which ground; and which units have read it, out of audit's logs."""
    told = await work.once(lambda tx: list_disclosures(tx, means, caller, now=work.now))
    days = [(day, list(some)) for day, some in groupby(told.disclosures, key=lambda one: one.at.astimezone(STOCKHOLM).date())]
    async with work.database.transaction() as tx:
        readable = await find_readable(tx, means, caller, now=work.now)
    answers = await ask_audit(work.ask, readable)
    read = await work.once(lambda tx: list_seen(tx, caller, readable, answers, now=work.now))
    return site.page(
        request,
        "seen.html",
        days=days,
        labels=Labels(means, spoken(site, request)),
        read=read,
        read_days=[(day, list(some)) for day, some in groupby(read.acts, key=lambda one: one.at.astimezone(STOCKHOLM).date())],
        acts=ACTS,
        other=OTHER_ACT,
    )


@get("/notices", guards=[FAMILY], include_in_schema=False)
async def notices(request: AnyRequest, caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite) -> Response[str]:
    """The inbox."""
    listed = await work.once(lambda tx: list_notices(tx, means, caller, now=work.now))
    return site.page(request, "notices.html", notices=listed.notices, words=NOTICES, other=OTHER_NOTICE)


@get("/receipts", guards=[FAMILY], include_in_schema=False)
async def receipts(request: AnyRequest, caller: TheCaller, work: TheWork, site: TheSite) -> Response[str]:
    """One for each answer and each stop of the reader's own."""
    listed = await work.once(lambda tx: list_receipts(tx, caller, now=work.now))
    return site.page(request, "receipts.html", receipts=listed.receipts)


@get(["/receipts/{receipt_id:uuid}", "/receipts/{receipt_id:uuid}/done"], guards=[FAMILY], include_in_schema=False)
async def receipt(
    request: AnyRequest, receipt_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite
) -> Response[str]:
    """What was answered, when and to which text; straight after an answer also what happens next."""
    view = await work.once(lambda tx: read_receipt(tx, means, caller, receipt_id, now=work.now))
    done = request.scope["path"].endswith("/done")
    return site.page(request, "receipt.html", receipt=view.receipt, says=CHOICES, done=done, labels=Labels(means, spoken(site, request)))


ROUTES: list[HTTPRouteHandler] = [seen, notices, receipts, receipt]
