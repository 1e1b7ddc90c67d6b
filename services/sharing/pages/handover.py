"""Everything that somebody answers for goes to a successor: by themselves at `/handover`, by an administrator from one of their grants."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from services.sharing.pages.admin import SEES, opened
from services.sharing.pages.admin_access import CHANGES
from services.sharing.pages.admin_words import Registered
from services.sharing.pages.staff import DECIDES, TheGround, once
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.know_workplace import name_units
from services.sharing.usecases.read_handover import HandoverView, read_handover
from services.sharing.usecases.steer_case import HandOver, hand_over
from shared.auth import Caller
from shared.errors import Invalid, NotFound
from shared.pages import AnyRequest, Site, TheSite, drafts, forms
from shared.words import Principal
from shared.work import TheCaller, TheWork, Work


@get("/handover", guards=[DECIDES], include_in_schema=False)
async def show_own(
    request: AnyRequest, caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite, done: FromQuery[bool] = False
) -> Response[str]:
    """My own cases."""
    return await _page(request, caller, work, ground, site, leaver=caller.principal, back="/cases", done=done)


@post("/handover", guards=[DECIDES], status_code=303, include_in_schema=False)
async def give_own(request: AnyRequest, caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite) -> Response[Any]:
    """Check it, then do it."""
    return await _go_on(request, caller, work, ground, site, leaver=caller.principal, back="/cases")


@get("/admin/{name:str}/grants/{grant_id:uuid}/handover", guards=[SEES], include_in_schema=False)
async def show_theirs(
    request: AnyRequest,
    name: FromPath[str],
    grant_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
    done: FromQuery[bool] = False,
) -> Response[str]:
    """Those of whoever holds the grant."""
    leaver = await _leaver(request, name, grant_id, caller, work, ground, site)
    return await _page(request, caller, work, ground, site, leaver=leaver, back=f"/admin/{name}/grants/{grant_id}", done=done)


@post("/admin/{name:str}/grants/{grant_id:uuid}/handover", guards=[CHANGES, DECIDES], status_code=303, include_in_schema=False)
async def give_theirs(
    request: AnyRequest,
    name: FromPath[str],
    grant_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
) -> Response[Any]:
    """The same for somebody who is not there any more."""
    leaver = await _leaver(request, name, grant_id, caller, work, ground, site)
    return await _go_on(request, caller, work, ground, site, leaver=leaver, back=f"/admin/{name}/grants/{grant_id}")


async def _leaver(request: AnyRequest, name: str, grant_id: UUID, caller: Caller, work: Work, ground: Ground, site: Site) -> str:
    """Whose grant it is; cases are handed over within the caller's own organisation alone."""
    found = await opened(request, caller, work, ground, site, name)
    grant = next((one for one in found.view.grants if one.grant_id == grant_id), None)
    if grant is None or caller.organisation != name:
        raise NotFound
    return grant.principal


async def _go_on(request: AnyRequest, caller: Caller, work: Work, ground: Ground, site: Site, *, leaver: str, back: str) -> Response[Any]:
    form, words = await forms.read(request), site.words(request)
    typed = form.one("person")
    successor = f"{caller.issuer} {typed}"
    fault = None
    try:
        wanted = HandOver(leaver=leaver, successor=msgspec.convert(successor, Principal))
    except msgspec.ValidationError:
        fault = words.gettext("Skriv personens id vid inloggningen, aldrig ett personnummer")
    else:
        if successor == leaver:
            fault = words.gettext("Skriv någon annan än den som lämnar")
    if fault or form.one("step") != "do":
        step = "write" if fault or form.one("step") == "change" else "check"
        return await _page(request, caller, work, ground, site, leaver=leaver, back=back, typed=typed, fault=fault, step=step)
    try:
        await once(work, lambda tx: hand_over(tx, caller, wanted, tables=ground.tables, now=work.now))
    except Invalid:
        fault = words.gettext("Personen har ingen behörighet som når alla ärendena. Ge den först.")
        return await _page(request, caller, work, ground, site, leaver=leaver, back=back, typed=typed, fault=fault)
    return Response(None, status_code=303, headers={"Location": f"{request.scope['path']}?done=true"})


async def _page(
    request: AnyRequest,
    caller: Caller,
    work: Work,
    ground: Ground,
    site: Site,
    *,
    leaver: str,
    back: str,
    typed: str = "",
    fault: str | None = None,
    step: str = "write",
    done: bool = False,
) -> Response[str]:
    held: HandoverView = await once(work, lambda tx: read_handover(tx, caller, leaver, now=work.now))
    named = await once(work, lambda tx: name_units(tx, {one.unit for one in held.cases}))
    kept = site.draft(request, caller, now=work.now)
    return site.page(
        request,
        "handover.html",
        status=400 if fault else 200,
        cookies=[drafts.forget()] if kept else [],
        held=held,
        names=named.names,
        says=Registered(ground, site, request, caller),
        leaver=leaver,
        own=leaver == caller.principal,
        typed=typed or (kept.get("person") or [""])[0],
        faults={"person": fault} if fault else {},
        step=step,
        back=back,
        done=done,
    )


ROUTES: list[Any] = [show_own, give_own, show_theirs, give_theirs]
