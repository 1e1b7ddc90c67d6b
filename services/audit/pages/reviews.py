"""Systematic review: plan, draw, look at each drawn entry, ask the unit, and another officer signs. Every step is an entry."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.audit.domain.review import Asked, Verdict
from services.audit.pages.officer import OFFICER, SHORT, TheKeeper, day, fits, last_day, midnight, organisation_of, row
from services.audit.pages.words import EXPLANATIONS, QUESTIONS, STATES, VERDICTS, said
from services.audit.usecases.follow_finding import ask_unit, sign_finding
from services.audit.usecases.list_reviews import Finding, Progress, list_reviews, read_finding, read_review
from services.audit.usecases.plan_review import WantedReview, draw_sample, plan_review
from shared.clock import STOCKHOLM
from shared.database import Connection
from shared.errors import Conflict, Unavailable
from shared.pages import N_, AnyRequest, Form, Site, TheSite, forms
from shared.pages.texts import Catalogue
from shared.words import OpaqueId
from shared.work import TheCaller, TheWork

SHARES = ("1", "5", "10", "25", "100")
MONTH = timedelta(days=30)
DUE = timedelta(days=14)
WHY: Mapping[str, str] = {
    "always": N_("Alltid med: nödöppning, skyddade uppgifter eller meddelande som hållits inne"),
    "drawn": N_("Utlottad"),
}
NO_FAULTS: Mapping[str, str] = {}
AGAIN: Mapping[str, str] = {
    "review-needs-another": N_("Någon annan måste göra det här: ingen granskar sig själv, och den som frågade skriver inte under."),
    "review-out-of-order": N_("Någon annan har redan tagit det här steget. Läs vad som står nu."),
}


class Listed:
    """A plan's words and numbers for the list."""

    def __init__(self, one: Progress) -> None:
        self.plan = one.plan
        self.last, self.due = last_day(one.plan.until), last_day(one.plan.due)
        self.late = one.late
        self.done = one.done
        self.sampled = sum(unit.sampled for unit in one.units)
        self.signed = sum(unit.signed for unit in one.units)
        self.units = one.units


@get("/reviews", guards=[OFFICER], include_in_schema=False)
async def listed(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[str]:
    """What is under way and what has been done, and the form of a new plan."""
    organisation = organisation_of(caller, keeper)
    today = work.now.astimezone(STOCKHOLM).date()
    filled = {"since": str(today - MONTH), "until": str(today), "due": str(today + DUE), "share": "10", "unit": ""}

    async def effect(tx: Connection) -> Any:
        return await list_reviews(tx, keeper, caller, organisation, now=work.now)

    found: list[Progress] = await work.once(effect)
    return site.page(request, "reviews.html", reviews=[Listed(one) for one in found], filled=filled, shares=_shares(), faults={})


@post("/reviews", guards=[OFFICER], status_code=200, include_in_schema=False)
async def plan(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[Any]:
    """Fix a plan. Nobody knows yet what will be drawn."""
    form = await forms.read(request)
    filled = {name: form.one(name) for name in ("since", "until", "due", "share", "unit")}
    faults = _faults(form, site.words(request), work.now)
    if faults:
        return site.page(request, "reviews.html", status=400, reviews=[], filled=filled, shares=_shares(), faults=faults)
    wanted = WantedReview(
        organisation=organisation_of(caller, keeper),
        since=midnight(_day(filled["since"])),
        until=midnight(_day(filled["until"]), after=True),
        share=int(filled["share"]),
        due=midnight(_day(filled["due"]), after=True),
        unit=filled["unit"] or None,
    )
    made = await work.once(lambda tx: plan_review(tx, keeper, caller, wanted, now=work.now))
    return Response(None, status_code=303, headers={"Location": f"/reviews/{made.plan_id}"})


@get("/reviews/{plan_id:uuid}", guards=[OFFICER], include_in_schema=False)
async def show(
    request: AnyRequest, plan_id: FromPath[UUID], caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite
) -> Response[str]:
    """One plan with its sample and where each drawn entry stands."""
    sample = await work.once(lambda tx: read_review(tx, keeper, caller, plan_id, now=work.now))
    words = site.words(request)
    items = [(item, said(words, WHY, item.why), words.gettext(STATES[item.state][0]), STATES[item.state][1]) for item in sample.items]
    wait = request.query_params.get("wait") == "yes"
    signed = sum(item.state == "signed" for item in sample.items)
    return site.page(
        request,
        "review.html",
        plan=sample.plan,
        last=last_day(sample.plan.until),
        due=last_day(sample.plan.due),
        items=items,
        signed=signed,
        wait=wait,
    )


@post("/reviews/{plan_id:uuid}", guards=[OFFICER], status_code=200, include_in_schema=False)
async def draw(plan_id: FromPath[UUID], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> Response[None]:
    """Draw, once what is signed after the plan has decided; until then: in a second."""
    try:
        await work.once(lambda tx: draw_sample(tx, keeper, caller, plan_id, now=work.now))
    except Unavailable as wait:
        if wait.code != "unavailable":
            raise
        return Response(None, status_code=303, headers={"Location": f"/reviews/{plan_id}?wait=yes"})
    return Response(None, status_code=303, headers={"Location": f"/reviews/{plan_id}"})


@get("/reviews/{plan_id:uuid}/{index:int}", guards=[OFFICER], include_in_schema=False)
async def finding(
    request: AnyRequest, plan_id: FromPath[UUID], index: FromPath[int], caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite
) -> Response[str]:
    """One drawn entry: what it was, and what can be done about it now."""
    found = await work.once(lambda tx: read_finding(tx, keeper, caller, plan_id, index, now=work.now))
    return _finding(request, site, found)


@post("/reviews/{plan_id:uuid}/{index:int}", guards=[OFFICER], status_code=200, include_in_schema=False)
async def act(
    request: AnyRequest, plan_id: FromPath[UUID], index: FromPath[int], caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite
) -> Response[Any]:
    """Ask the unit's manager, or close."""
    form = await forms.read(request)
    question, verdict = form.chosen("question", tuple(Asked)), form.chosen("verdict", tuple(Verdict))
    step = form.chosen("step", ("ask", "sign"))
    faults = {}
    if step == "ask" and question is None:
        faults["question"] = site.words(request).gettext("Välj vad du vill veta")
    if step != "ask" and verdict is None:
        faults["verdict"] = site.words(request).gettext("Välj hur posten avslutas")

    async def effect(tx: Connection) -> Any:
        if step == "ask" and question is not None:
            return await ask_unit(tx, keeper, caller, plan_id, index, Asked(question), now=work.now)
        return await sign_finding(tx, keeper, caller, plan_id, index, Verdict(verdict or ""), now=work.now)

    if not faults:
        try:
            await work.once(effect)
        except Conflict as conflict:
            if conflict.code not in AGAIN:
                raise
            faults["step"] = site.words(request).gettext(AGAIN[conflict.code])
        else:
            return Response(None, status_code=303, headers={"Location": f"/reviews/{plan_id}#item-{index}"})
    found = await work.once(lambda tx: read_finding(tx, keeper, caller, plan_id, index, now=work.now))
    return _finding(request, site, found, status=400, faults=faults)


def _finding(
    request: AnyRequest, site: Site, found: Finding, *, status: int = 200, faults: Mapping[str, str] | None = None
) -> Response[str]:
    words, item = site.words(request), found.item
    return site.page(
        request,
        "finding.html",
        status=status,
        plan=found.plan,
        item=item,
        line=row(words, found.seen) if found.seen else None,
        leaf=found.seen.leaf if found.seen else None,
        why=said(words, WHY, item.why),
        state=(words.gettext(STATES[item.state][0]), STATES[item.state][1]),
        question=said(words, QUESTIONS, item.question),
        explanation=said(words, EXPLANATIONS, item.explanation),
        verdict=said(words, VERDICTS, item.verdict),
        questions=[(str(code), words.gettext(text)) for code, text in QUESTIONS.items()],
        verdicts=[(str(code), words.gettext(text)) for code, text in VERDICTS.items()],
        short=SHORT,
        faults=faults,
    )


def _shares() -> list[tuple[str, str]]:
    return [(share, f"{share} %") for share in SHARES]


def _faults(form: Form, words: Catalogue, now: datetime) -> dict[str, str]:
    faults = {name: words.gettext("Skriv dagen som ÅÅÅÅ-MM-DD") for name in ("since", "until", "due") if day(form.one(name)) is None}
    if not faults and _day(form.one("until")) < _day(form.one("since")):
        faults["until"] = words.gettext("Sista dagen ligger före den första")
    if "due" not in faults and _day(form.one("due")) < now.astimezone(STOCKHOLM).date():
        faults["due"] = words.gettext("Dagen har redan varit")
    if form.chosen("share", SHARES) is None:
        faults["share"] = words.gettext("Värdet finns inte att välja")
    if form.one("unit") and not fits(form.one("unit"), OpaqueId):
        faults["unit"] = words.gettext("En enhets id har små bokstäver, siffror och streck")
    return faults


def _day(text: str) -> date:
    return date.fromisoformat(text)


ROUTES: list[HTTPRouteHandler] = [listed, plan, show, draw, finding, act]
