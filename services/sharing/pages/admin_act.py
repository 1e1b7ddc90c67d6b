"""An administrator's acts beside grants: systems, keys, agreements, limits, switches. A draft, then before and after, then done."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from services.sharing.pages.admin import SEES, opened
from services.sharing.pages.admin_access import CHANGES
from services.sharing.pages.admin_acts import ACTS, LIMITS, YEAR, Act, Faults, Plan, Scene, Typed, targets
from services.sharing.pages.admin_words import LIFTS, SIGNERS
from services.sharing.pages.staff import TheGround, once
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.read_register import list_organisations
from shared import problems
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.errors import Conflict, Invalid, NotFound
from shared.pages import AnyRequest, Site, TheSite, drafts, forms
from shared.work import TheCaller, TheWork, Work


@get("/admin/{name:str}/acts/{act:str}", guards=[SEES], include_in_schema=False)
async def begin(
    request: AnyRequest,
    name: FromPath[str],
    act: FromPath[str],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
    thing: FromQuery[str] = "",
) -> Response[str]:
    """The form; or for an act that is only confirmed, what it changes."""
    chosen = _act(act)
    kept = site.draft(request, caller, now=work.now)
    thing = (kept.get("thing") or [thing])[0]
    scene = await _scene(request, name, chosen, thing, kept, caller, work, ground, site)
    plan = None if chosen.boxes else chosen.read(scene)
    if isinstance(plan, Plan):
        return _check(request, site, chosen, scene, plan)
    typed = kept or _first_values(scene)
    cookies = [drafts.forget()] if kept else []
    return _form(request, site, chosen, Scene(**{**_parts(scene), "typed": typed}), {}, cookies=cookies)


@post("/admin/{name:str}/acts/{act:str}", guards=[CHANGES], status_code=303, include_in_schema=False)
async def go_on(
    request: AnyRequest,
    name: FromPath[str],
    act: FromPath[str],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
) -> Response[Any]:
    """Check, change or do it."""
    chosen, form = _act(act), await forms.read(request)
    typed = {box: form.all(box) for box in chosen.boxes}
    scene = await _scene(request, name, chosen, form.one("thing"), typed, caller, work, ground, site)
    if form.one("step") == "change":
        return _form(request, site, chosen, scene, {})
    plan = chosen.read(scene)
    if not isinstance(plan, Plan):
        return _form(request, site, chosen, scene, {field: site.words(request).gettext(text) for field, text in plan.items()})
    if form.one("step") != "do":
        return _check(request, site, chosen, scene, plan)
    try:
        await once(work, lambda tx: plan.effect(tx, caller, now=work.now))
    except (Conflict, Invalid) as error:
        if not chosen.boxes:
            raise
        text = problems.TEXTS[error.code]
        return _form(request, site, chosen, scene, {chosen.boxes[0]: text.sv if site.language(request) == "sv" else text.en})
    return Response(None, status_code=303, headers={"Location": f"/admin/{name}{chosen.back}?done={act}"})


def _act(name: str) -> Act:
    if name not in ACTS:
        raise NotFound
    return ACTS[name]


async def _scene(
    request: AnyRequest,
    name: str,
    act: Act,
    thing: str,
    typed: Typed,
    caller: Caller,
    work: Work,
    ground: Ground,
    site: Site,
) -> Scene:
    found = await opened(request, caller, work, ground, site, name)
    others = (await once(work, lambda tx: list_organisations(tx, caller, now=work.now))).organisations if act.all_known else ()
    return Scene(found=found, ground=ground, caller=caller, now=work.now, thing=thing, typed=typed, others=others)


def _parts(scene: Scene) -> dict[str, Any]:
    return {name: getattr(scene, name) for name in Scene.__slots__}


def _first_values(scene: Scene) -> Typed:
    """A year is usual; limits as they are; a system that goes on keeps its id."""
    limits = {name: [str(getattr(scene.found.view.limits, name))] for name in LIMITS}
    until = (scene.now.astimezone(STOCKHOLM).date() + YEAR).isoformat()
    return {"until": [until], "client": [scene.thing], **limits}


def _form(request: AnyRequest, site: Site, act: Act, scene: Scene, faults: Faults, *, cookies: Any = ()) -> Response[str]:
    words, says, view = site.words(request), scene.found.says, scene.found.view
    options = {
        "unit": [(one.unit, one.name) for one in view.units],
        "why": [(code, words.gettext(text)) for code, text in LIFTS.items()],
        "signer": [(text, words.gettext(text)) for text in SIGNERS],
        "model": [(model, says.model(model)) for model in scene.ground.tables.models],
        "parties": [(one.organisation, one.display_name) for one in scene.others if one.organisation != scene.name],
        "target": targets(scene),
    }
    return site.page(
        request,
        "admin_act.html",
        status=400 if faults else 200,
        cookies=cookies,
        **scene.found.values,
        act=act,
        thing=scene.thing,
        typed={box: scene.one(box) for box in act.boxes},
        chosen=scene.typed.get("parties", []),
        options=options,
        faults=faults,
    )


def _check(request: AnyRequest, site: Site, act: Act, scene: Scene, plan: Plan) -> Response[str]:
    return site.page(request, "admin_act_check.html", **scene.found.values, act=act, thing=scene.thing, typed=scene.typed, rows=plan.rows)


ROUTES: list[Any] = [begin, go_on]
