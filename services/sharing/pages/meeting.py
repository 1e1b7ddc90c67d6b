"""A meeting or a telephone call: who is there, what may be said to them, and that it was said, with the notes for either side."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.sharing.domain.telling import Way
from services.sharing.domain.views import DecisionView
from services.sharing.pages.decisions import CLOSED, own_decision, release_of
from services.sharing.pages.staff import DECIDES, PEOPLE, TheGround, once
from services.sharing.pages.words import Speech, short
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.learn_facts import Overlay, learn_for_decision
from services.sharing.usecases.show_case import CaseShown, show_case
from services.sharing.usecases.tell_items import TellItems, list_to_read, tell_items
from shared.auth import LOA3, Caller, requires
from shared.errors import Refused, Unauthenticated
from shared.pages import N_, AnyRequest, Form, Site, TheSite, drafts, forms
from shared.work import TheCaller, TheWork, Work

CONFIRMS = requires("sharing:decide", "sharing:confirm", kinds=PEOPLE)
MEDIA = {"meeting": N_("På ett möte"), "telephone": N_("Per telefon")}


@get("/cases/{case_id:uuid}/decisions/{decision_id:uuid}/meeting", guards=[DECIDES], include_in_schema=False)
async def plan(
    request: AnyRequest,
    case_id: FromPath[UUID],
    decision_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
) -> Response[str]:
    """Who is there."""
    shown = await _shown(work, caller, ground, case_id)
    kept = site.draft(request, caller, now=work.now)
    values = _values(request, ground, site, shown, own_decision(shown, decision_id))
    chosen = {"medium": kept.get("medium", [""])[0], "present": kept.get("present", [])}
    return site.page(request, "meeting.html", cookies=[drafts.forget()] if kept else [], **values, chosen=chosen, faults={}, listed=None)


@post("/cases/{case_id:uuid}/decisions/{decision_id:uuid}/meeting", guards=[CONFIRMS], status_code=200, include_in_schema=False)
async def hold(
    request: AnyRequest,
    case_id: FromPath[UUID],
    decision_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
) -> Response[str]:
    """The list for whoever speaks; then *this was said*, which takes a strong login and is a disclosure."""
    form, words = await forms.read(request), site.words(request)
    shown = await _shown(work, caller, ground, case_id)
    decision = own_decision(shown, decision_id)
    values = _values(request, ground, site, shown, decision)
    medium, present = form.chosen("medium", tuple(MEDIA)), tuple(unit for unit in shown.case.parties if unit in form.all("present"))
    chosen = {"medium": medium or "", "present": list(present)}
    faults = {} if medium else {"medium": words.gettext("Välj möte eller telefon")}
    if not present:
        faults["present"] = words.gettext("Välj vilka som hör det som sägs")
    if faults or medium is None:
        return site.page(request, "meeting.html", status=400, **values, chosen=chosen, faults=faults, listed=None)
    said = form.one("step") == "said"
    if said and caller.acr not in LOA3:
        raise Unauthenticated("stronger-login-needed")
    released = frozenset((await release_of(work, caller, ground, decision)).answers)
    asked = TellItems(decision_id=decision_id, medium=Way(medium), present=present, items=_chosen(decision, form, released, said=said))
    if said and asked.items:
        try:
            return await _said(request, caller, work, ground, site, asked, values)
        except Refused as refused:
            if refused.code != "nothing-to-permit":
                raise
            why = [Speech(ground, site, request).word(code) for code in (refused.detail or "").split(", ") if code]
            faults = {"present": " ".join([words.gettext("Det får inte sägas nu."), *why])}
    asked = TellItems(decision_id=decision_id, medium=Way(medium), present=present, items=_chosen(decision, form, released, said=False))
    if not asked.items:
        faults = {"present": words.gettext("Inget i det här svaret får sägas.")}
        return site.page(request, "meeting.html", status=400, **values, chosen=chosen, faults=faults, listed=None)
    learned = await learn_for_decision(work.database, work.ask, ground, caller, decision_id, asked.items, now=work.now)
    listed = await once(work, lambda tx: list_to_read(tx, caller, asked, ground=ground, learned=learned, now=work.now))
    return site.page(request, "meeting.html", **values, chosen=chosen, faults=faults, listed=listed)


async def _said(
    request: AnyRequest, caller: Caller, work: Work, ground: Ground, site: Site, asked: TellItems, values: dict[str, Any]
) -> Response[str]:
    learned = await learn_for_decision(work.database, work.ask, ground, caller, asked.decision_id, asked.items, now=work.now)
    told = await once(work, lambda tx: tell_items(tx, caller, asked, ground=ground, learned=learned, now=work.now, arrived=work.arrived))
    return site.page(request, "told.html", **values, told=told)


def _chosen(decision: DecisionView, form: Form, released: frozenset[UUID], *, said: bool) -> tuple[Overlay, ...]:
    """Everything that is open is tried for the list; what was said is what somebody has ticked. `released`: two handlers stand behind."""
    still = [item for item in decision.items if item.declined_at is None and (item.answer not in CLOSED or item.item_id in released)]
    ticked = form.all("item")
    return tuple(Overlay(item_id=item.item_id) for item in still if not said or str(item.item_id) in ticked)


async def _shown(work: Work, caller: Caller, ground: Ground, case_id: UUID) -> CaseShown:
    return await once(work, lambda tx: show_case(tx, caller, case_id, tables=ground.tables, now=work.now))


def _values(request: AnyRequest, ground: Ground, site: Site, shown: CaseShown, decision: DecisionView) -> dict[str, Any]:
    says = Speech(ground, site, request, shown.names)
    words = site.words(request)
    return {
        "case": shown.case,
        "decision": decision,
        "items": {item.item_id: item for item in decision.items},
        "others": [(unit, says.unit(unit)) for unit in shown.case.parties],
        "media": [(code, words.gettext(text)) for code, text in MEDIA.items()],
        "says": says,
        "number": short(shown.case.case_id),
    }


ROUTES: list[Any] = [plan, hold]
