"""`/cases/new`: by which model, for what, with whom. Whom it is about was said at consent; here stands only the own reference."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from services.sharing.pages.staff import DECIDES, TheGround, once
from services.sharing.pages.words import Speech
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.know_workplace import Workplace, know_workplace
from services.sharing.usecases.learn_facts import learn_child_at_once
from services.sharing.usecases.open_case import OpenCase, open_case
from shared import problems
from shared.auth import Caller
from shared.errors import Refused
from shared.law.codes import Purpose
from shared.pages import AnyRequest, Site, TheSite, drafts, forms
from shared.work import TheCaller, TheWork, Work

PATH = "/cases/new"
REFUSALS = frozenset({"model-refuses", "no-agreement"})
"""What another choice on the same page can mend."""


@get(PATH, guards=[DECIDES], include_in_schema=False)
async def ask(request: AnyRequest, caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite) -> Response[str]:
    """First the model, where there is a choice; then who takes part."""
    place = await _place(work, caller, ground)
    kept = site.draft(request, caller, now=work.now)
    child = _uuid(kept.get("child", [request.query_params.get("child", "")])[0])
    model = kept.get("model", [request.query_params.get("model", "")])[0]
    chosen = {name: kept.get(name, []) for name in ("purpose", "unit", "parties")}
    return _page(request, site, ground, place, child, model, chosen, {}, kept=bool(kept))


@post(PATH, guards=[DECIDES], status_code=303, include_in_schema=False)
async def make(request: AnyRequest, caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite) -> Response[Any]:
    """The case, or what stands in its way in words."""
    form, words = await forms.read(request), site.words(request)
    place = await _place(work, caller, ground)
    child, model = _uuid(form.one("child")), form.one("model")
    known = ground.tables.models.get(model)
    purpose = form.chosen("purpose", [purpose.code for purpose in known.purposes]) if known else None
    unit = form.chosen("unit", [one.unit for one in place.own if model in one.models])
    offered = {one.unit for one in place.beside if model in one.models}
    parties = [code for code in dict.fromkeys(form.all("parties")) if code in offered and code != unit]
    faults = {} if purpose else {"purpose": words.gettext("Välj varför ni träffas")}
    if unit is None:
        faults["unit"] = words.gettext("Välj din enhet")
    if not parties:
        faults["parties"] = words.gettext("Välj minst en enhet till")
    chosen = {name: form.all(name) for name in ("purpose", "unit", "parties")}
    if faults or child is None or purpose is None or unit is None:
        return _page(request, site, ground, place, child, model, chosen, faults)
    asked = OpenCase(child_ref=child, model=model, purpose=Purpose(purpose), unit=unit, parties=tuple(parties))
    found, _ = await learn_child_at_once(work.database, work.ask, caller, child, asked.purpose)
    try:
        opened = await once(work, lambda tx: open_case(tx, caller, asked, tables=ground.tables, child=found, now=work.now))
    except Refused as refused:
        if refused.code not in REFUSALS:
            raise
        says, text = Speech(ground, site, request), problems.TEXTS[refused.code]
        why = [text.en if says.language == "en" else text.sv, *(says.word(code) for code in (refused.detail or "").split(", ") if code)]
        return _page(request, site, ground, place, child, model, chosen, {"parties": " ".join(why)})
    return Response(None, status_code=303, headers={"Location": f"/cases/{opened.case_id}"})


async def _place(work: Work, caller: Caller, ground: Ground) -> Workplace:
    return await once(work, lambda tx: know_workplace(tx, caller, tables=ground.tables, now=work.now))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(
    request: AnyRequest,
    site: Site,
    ground: Ground,
    place: Workplace,
    child: UUID | None,
    model: str,
    chosen: dict[str, list[str]],
    faults: dict[str, str],
    *,
    kept: bool = False,
) -> Response[str]:
    says = Speech(ground, site, request)
    agreed = {code for one in place.beside for code in one.models}
    mine = [code for code in dict.fromkeys(code for one in place.own for code in one.models) if code in agreed]
    if model not in mine:
        model = mine[0] if len(mine) == 1 else ""
    known = ground.tables.models.get(model)
    purposes = [] if known is None else [(str(one.code), says.purpose(one.code, model).capitalize()) for one in known.purposes]
    units = [(one.unit, one.name) for one in place.own if model in one.models]
    return site.page(
        request,
        "new_case.html",
        status=400 if faults else 200,
        cookies=[drafts.forget()] if kept else [],
        child=child,
        naming=ground.naming_url,
        model=model,
        models=sorted(((code, says.model(code)) for code in mine), key=lambda one: one[1].casefold()),
        purposes=purposes,
        units=units,
        beside=[(one.unit, one.name, one.organisation_name) for one in place.beside if model in one.models],
        chosen={
            "purpose": chosen["purpose"][0] if chosen["purpose"] else (purposes[0][0] if len(purposes) == 1 else None),
            "unit": chosen["unit"][0] if chosen["unit"] else (units[0][0] if len(units) == 1 else None),
            "parties": chosen["parties"],
        },
        says=says,
        faults=faults,
    )


ROUTES: list[Any] = [ask, make]
