"""`/`: the officer's first page. One glance says whether the log is whole and what waits."""

from datetime import timedelta
from typing import Any

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from services.audit.domain.flags import RULES
from services.audit.pages.officer import OFFICER, TheKeeper, TheWitnessed, organisation_of
from services.audit.usecases.read_overview import only_answers, read_overview
from services.audit.usecases.watch_quorum import Quorum
from shared.pages import N_, AnyRequest, TheSite
from shared.work import TheCaller, TheWork

PERIODS = {"4": N_("4 veckor"), "12": N_("12 veckor"), "52": N_("ett år")}
FIRST = "12"
DAYS = (N_("mån"), N_("tis"), N_("ons"), N_("tors"), N_("fre"), N_("lör"), N_("sön"))
LATE_SCRUB = timedelta(days=2)
"""A round of all rows that is older than this is said as something to mind."""


@get("/", guards=[OFFICER], include_in_schema=False)
async def start(
    request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, witnessed: TheWitnessed, site: TheSite
) -> Response[Any]:
    """The officer's; a manager who only answers questions is led to theirs."""
    organisation = organisation_of(caller, keeper)
    async with work.database.transaction() as tx:
        elsewhere = await only_answers(tx, caller, organisation, now=work.now)
    if elsewhere:
        return Response(None, status_code=303, headers={"Location": "/answers"})
    given = request.query_params.get("weeks", FIRST)
    weeks = given if given in PERIODS else FIRST
    found = await work.once(
        lambda tx: read_overview(tx, keeper, caller, organisation, witnessed.policy, witnessed.stop, int(weeks), now=work.now)
    )
    scrubbed = found.scrubbed_at
    words = site.words(request)
    language = "en" if site.language(request) == "en" else "sv"
    return site.page(
        request,
        "overview.html",
        found=found,
        weeks=weeks,
        periods=PERIODS,
        days=[words.gettext(day) for day in DAYS],
        rules=[(rule.id, getattr(rule, language), found.flags.get(rule.id, 0)) for rule in RULES.values()],
        flags=sum(found.flags.values()),
        late=[one for one in found.open_reviews if one.late],
        hours=None if scrubbed is None else int((work.now - scrubbed).total_seconds() // 3600),
        minutes=None if scrubbed is None else int((work.now - scrubbed).total_seconds() // 60),
        stale=scrubbed is None or work.now - scrubbed > LATE_SCRUB,
        demanded=found.witnessing.state is not Quorum.NONE_DEMANDED,
        missing=found.witnessing.state in {Quorum.MISSING, Quorum.LONG_MISSING, Quorum.STOPPED},
    )


ROUTES: list[HTTPRouteHandler] = [start]
