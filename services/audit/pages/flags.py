"""`/flags`: what the rules found, and what the officer makes of it. A flag is a reason to ask, never a verdict."""

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from services.audit.domain.flags import RULES
from services.audit.pages.officer import OFFICER, SHORT, TheKeeper, organisation_of, row
from services.audit.usecases.raise_flags import PAGE, Flagged, list_flags, mark_flag
from shared.database import Connection
from shared.errors import NotFound
from shared.pages import N_, AnyRequest, TheSite, forms
from shared.work import TheCaller, TheWork

MARKS = {"seen": N_("Jag har tittat på den"), "false-positive": N_("Den var falsk")}
MARKED = {"seen": N_("Granskad"), "false-positive": N_("Falsk")}


@get("/flags", guards=[OFFICER], include_in_schema=False)
async def listed(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[str]:
    """Those without a mark, or all; of one rule, or of every."""
    query = request.query_params
    rule = query.get("rule") if query.get("rule") in RULES else None
    before, marked = query.get("before", ""), query.get("marked") == "yes"
    place = forms.whole(before)
    organisation = organisation_of(caller, keeper)

    async def effect(tx: Connection) -> Any:
        return await list_flags(tx, keeper, caller, organisation, rule=rule, before=place, marked=marked, now=work.now)

    found: list[Flagged] = await work.once(effect)
    words = site.words(request)
    language = "en" if site.language(request) == "en" else "sv"
    kept = {**({"rule": rule} if rule else {}), **({"marked": "yes"} if marked else {})}
    older = f"/flags?{urlencode({**kept, 'before': found[-1].flag.entry_index})}" if len(found) == PAGE else None
    return site.page(
        request,
        "flags.html",
        flags=[(one.flag, row(words, one.seen), getattr(RULES[one.flag.rule], language)) for one in found],
        rules=[(code, getattr(one, language)) for code, one in RULES.items()],
        rule=rule,
        marked=marked,
        marks=MARKS,
        said=MARKED,
        older=older,
        newer=f"/flags?{urlencode(kept)}" if place is not None else None,
        short=SHORT,
    )


@post("/flags", guards=[OFFICER], status_code=200, include_in_schema=False)
async def mark(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Response[None]:
    """Say what a flag was. It stays in the log, as does what was said of it."""
    form = await forms.read(request)
    said, rule, index = form.chosen("mark", tuple(MARKS)), form.chosen("rule", tuple(RULES)), forms.whole(form.one("index"))
    if said is None or rule is None or index is None:
        raise NotFound
    organisation = organisation_of(caller, keeper)
    meant: Any = said
    await work.once(lambda tx: mark_flag(tx, keeper, caller, organisation, index, rule, meant, now=work.now))
    shown = form.chosen("shown", tuple(RULES))
    return Response(None, status_code=303, headers={"Location": f"/flags?rule={shown}" if shown else "/flags"})


ROUTES: list[HTTPRouteHandler] = [listed, mark]
