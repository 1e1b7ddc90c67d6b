"""`/search`: questions to the log, as addresses that can be kept; a person's user id goes by POST and becomes a token."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from services.audit.domain.keeper import Keeper
from services.audit.pages.officer import OFFICER, SHORT, TheKeeper, Token, UserId, day, fits, midnight, options, organisation_of, rows, uuid
from services.audit.pages.words import ACTS, ANSWERS, PURPOSES
from services.audit.usecases.search_entries import Found, Search, search_entries
from shared.auth import Caller
from shared.contracts.consent import Child
from shared.database import Connection
from shared.errors import AppError, NotFound
from shared.ids import opaque_id
from shared.pages import AnyRequest, Site, TheSite, forms
from shared.pages.texts import Catalogue
from shared.words import Code, OpaqueId
from shared.work import TheCaller, TheWork, Work

FIELDS = ("action", "answer", "purpose", "unit", "since", "until", "case_id", "child_ref", "actor", "reason", "held")
PAGE = 50


def asked(request: AnyRequest, words: Catalogue) -> tuple[dict[str, str], dict[str, str]]:
    """What the address asks, each value in its form, and what is wrong with the others."""
    given = {name: value for name in FIELDS if (value := request.query_params.get(name, "").strip())}
    forms_of: dict[str, Callable[[str], object]] = {
        "action": lambda text: fits(text, Code),
        "answer": lambda text: text in ANSWERS,
        "purpose": lambda text: text in PURPOSES,
        "unit": lambda text: fits(text, OpaqueId),
        "since": day,
        "until": day,
        "case_id": uuid,
        "child_ref": uuid,
        "actor": lambda text: fits(text, Token),
        "reason": lambda text: fits(text, Code),
        "held": lambda text: text == "yes",
    }
    wrong = {name for name, value in given.items() if not forms_of[name](value)}
    says = {
        "since": words.gettext("Skriv dagen som ÅÅÅÅ-MM-DD"),
        "until": words.gettext("Skriv dagen som ÅÅÅÅ-MM-DD"),
        "case_id": words.gettext("Ett ärende har ett id av 32 tecken och fyra streck"),
        "child_ref": words.gettext("Ett barns referens har 32 tecken och fyra streck"),
    }
    return given, {name: says.get(name, words.gettext("Värdet finns inte att välja")) for name in wrong}


@get("/search", guards=[OFFICER], include_in_schema=False)
async def search(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[str]:
    """The form with its answer below, newest first. An empty question is the whole log, page by page."""
    words = site.words(request)
    given, faults = asked(request, words)
    before = request.query_params.get("before", "")
    if faults:
        return _page(request, site, given, faults=faults, status=400)
    organisation = organisation_of(caller, keeper)
    wanted = Search(
        organisation=organisation,
        case_id=uuid(given.get("case_id", "")),
        answer=given.get("answer"),
        action=given.get("action"),
        unit=given.get("unit"),
        actor=bytes.fromhex(given["actor"]) if "actor" in given else None,
        purpose=given.get("purpose"),
        reason=given.get("reason"),
        since=midnight(on) if (on := day(given.get("since", ""))) else None,
        until=midnight(on, after=True) if (on := day(given.get("until", ""))) else None,
        before=forms.whole(before),
        limit=PAGE,
        held="held" in given,
    )
    if (reference := uuid(given.get("child_ref", ""))) is not None:
        child = await work.ask(Child(organisation=organisation, child_ref=reference))
        wanted = msgspec.structs.replace(wanted, subject_id=child.subject_id or opaque_id())
    found = await _found(work, keeper, caller, wanted)
    older = f"/search?{urlencode({**given, 'before': found.next_before})}" if found.next_before is not None else None
    newest = f"/search?{urlencode(given)}" if wanted.before is not None else None
    return _page(request, site, given, entries=rows(words, found.entries), size=found.size, holds=found.holds, older=older, newer=newest)


@post("/search", guards=[OFFICER], status_code=200, include_in_schema=False)
async def search_person(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[Any]:
    """Find somebody at work by their user id; from then on the address holds their token."""
    form = await forms.read(request)
    who = form.one("professional")
    if not fits(who, UserId):
        words = site.words(request)
        return _page(request, site, {}, faults={"professional": words.gettext("Skriv personens användar-id")}, status=400)
    wanted = Search(organisation=organisation_of(caller, keeper), professional=who if " " in who else f"{caller.issuer} {who}", limit=1)
    found = await _found(work, keeper, caller, wanted)
    if not found.entries or found.entries[0].leaf is None:
        return _page(request, site, {}, entries=[], size=found.size)
    return Response(None, status_code=303, headers={"Location": f"/search?actor={found.entries[0].leaf.actor}"})


async def _found(work: Work, keeper: Keeper, caller: Caller, wanted: Search) -> Found:
    async def effect(tx: Connection) -> Found | AppError:
        return await search_entries(tx, keeper, caller, wanted, now=work.now) or NotFound()

    return await work.once(effect)


def _page(request: AnyRequest, site: Site, given: dict[str, str], *, status: int = 200, **values: Any) -> Response[str]:
    words = site.words(request)
    filled: dict[str, Any] = {"entries": None, "size": 0, "holds": 0, "older": None, "newer": None, "faults": {}} | values
    return site.page(
        request,
        "search.html",
        status=status,
        given=given,
        acts=options(words, ACTS),
        answers=options(words, ANSWERS),
        purposes=options(words, PURPOSES),
        short=SHORT,
        **filled,
    )


ROUTES: list[HTTPRouteHandler] = [search, search_person]
