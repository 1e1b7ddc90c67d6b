"""One case: who takes part, what may be told, what the family has been asked, what has gone, and what comes next."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from services.sharing.domain.steering import CloseReason, NextStep
from services.sharing.domain.views import ItemView
from services.sharing.pages.staff import DECIDES, READS, TheGround, once
from services.sharing.pages.words import CLOSED, DELIVERIES, KINDS, RECEIPTS, STEPS, Speech, short
from services.sharing.usecases.ask_names import NamesView, ask_names
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.name_people import name_people
from services.sharing.usecases.show_case import CaseShown, show_case
from services.sharing.usecases.steer_case import CloseCase, SteerCase, close_case, reopen_case, steer_case
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.errors import Unavailable
from shared.pages import N_, AnyRequest, Form, Site, TheSite, forms
from shared.work import TheCaller, TheWork, Work


@get("/cases/{case_id:uuid}", guards=[READS], include_in_schema=False)
async def show(
    request: AnyRequest, case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite
) -> Response[str]:
    """The reading is recorded, and so is that of the names."""
    return await _page(request, case_id, caller, work, ground, site, {})


@post("/cases/{case_id:uuid}", guards=[DECIDES], status_code=303, include_in_schema=False)
async def steer(
    request: AnyRequest, case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite
) -> Response[Any]:
    """Take it, say what comes next and by when, close it or open it again."""
    form, tables = await forms.read(request), ground.tables
    step, words = form.one("step"), site.words(request)
    if step == "close":
        reason = form.chosen("reason", tuple(CLOSED))
        if reason is None:
            return await _page(request, case_id, caller, work, ground, site, {"reason": words.gettext("Välj varför ärendet avslutas")})
        closing = CloseCase(reason=CloseReason(reason))
        await once(work, lambda tx: close_case(tx, caller, case_id, closing, tables=tables, now=work.now))
    elif step == "reopen":
        await once(work, lambda tx: reopen_case(tx, caller, case_id, tables=tables, now=work.now))
    else:
        change, faults = _change(form, work.now)
        if faults:
            said = {name: words.gettext(text) for name, text in faults.items()}
            return await _page(request, case_id, caller, work, ground, site, said, form.one("next_due"))
        await once(work, lambda tx: steer_case(tx, caller, case_id, change, tables=tables, now=work.now))
    return Response(None, status_code=303, headers={"Location": f"/cases/{case_id}"})


def _change(form: Form, now: datetime) -> tuple[SteerCase, dict[str, str]]:
    if form.one("step") == "take":
        return SteerCase(take=True), {}
    chosen, text = form.chosen("next_step", tuple(STEPS)), form.one("next_due")
    faults = {} if chosen else {"next_step": N_("Välj nästa steg")}
    due = None
    if text:
        try:
            due = datetime.combine(date.fromisoformat(text), time(23, 59, 59), STOCKHOLM)
        except ValueError:
            faults["next_due"] = N_("Skriv dagen som ÅÅÅÅ-MM-DD")
        else:
            if due <= now:
                faults["next_due"] = N_("Dagen måste ligga framåt")
    return SteerCase(next_step=NextStep(chosen) if chosen else None, next_due=due), faults


async def names_in(work: Work, caller: Caller, ground: Ground, case_id: UUID) -> NamesView | None:
    """Who it is about and whose answers are missing; None while consent is away."""
    asked = await once(work, lambda tx: name_people(tx, caller, case_id, tables=ground.tables, now=work.now))
    try:
        return await ask_names(work.ask, caller, case_id, asked)
    except Unavailable:
        return None


def latest(shown: CaseShown) -> list[tuple[UUID, ItemView]]:
    """The newest answer to each question, with its decision."""
    found: dict[tuple[str, ...], tuple[UUID, ItemView]] = {}
    for decision in sorted(shown.case.decisions, key=lambda one: one.decided_at):
        for item in decision.items:
            found[(item.discloser_unit, item.recipient_unit, item.category, item.about)] = (decision.decision_id, item)
    return list(found.values())


async def _page(
    request: AnyRequest,
    case_id: UUID,
    caller: Caller,
    work: Work,
    ground: Ground,
    site: Site,
    faults: dict[str, str],
    typed: str = "",
) -> Response[str]:
    shown = await once(work, lambda tx: show_case(tx, caller, case_id, tables=ground.tables, now=work.now))
    items = {item.item_id: item for decision in shown.case.decisions for item in decision.items}
    receipts: dict[UUID, list[str]] = {}
    for receipt in shown.case.receipts:
        receipts.setdefault(receipt.delivery_id, []).append(receipt.state)
    return site.page(
        request,
        "case.html",
        status=400 if faults else 200,
        shown=shown,
        people=await names_in(work, caller, ground, case_id),
        answers=latest(shown),
        items=items,
        receipts=receipts,
        says=Speech(ground, site, request, shown.names),
        faults=faults,
        typed=typed,
        kinds=KINDS,
        steps=STEPS,
        reasons=CLOSED,
        deliveries=DELIVERIES,
        got=RECEIPTS,
        number=short(case_id),
        now=work.now,
    )


ROUTES: list[Any] = [show, steer]
