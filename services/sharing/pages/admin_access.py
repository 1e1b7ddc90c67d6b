"""Who may do what: the grants with their dates, who can see what on any day, one grant with its history, and taking it back."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from services.sharing.domain.register import Grant
from services.sharing.pages.admin import PORTION, SEES, Opened, opened
from services.sharing.pages.admin_words import ACTIONS, by_end, timeline
from services.sharing.pages.staff import PEOPLE, TheGround, once
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.read_register import read_access, read_changes
from services.sharing.usecases.revoke_access import revoke_access, take_over_grant
from shared.auth import LOA3, Caller, requires
from shared.clock import STOCKHOLM
from shared.errors import NotFound
from shared.pages import AnyRequest, Site, TheSite, forms
from shared.work import TheCaller, TheWork, Work

CHANGES = requires("sharing:confirm", kinds=PEOPLE, acr=LOA3)
DONE = ("given", "revoked", "taken-over", "approved")
"""What the last act may have been; nothing else is believed of an address."""


@get("/admin/{name:str}/grants", guards=[SEES], include_in_schema=False)
async def list_grants(
    request: AnyRequest,
    name: FromPath[str],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
    ended: FromQuery[bool] = False,
    skip: FromQuery[int] = 0,
    done: FromQuery[str | None] = None,
) -> Response[str]:
    """Every grant with from, to and by whom: the next to end first; those that are over on a page of their own."""
    found = await opened(request, caller, work, ground, site, name)
    current, over = by_end(found.view.grants, work.now)
    among, start = over if ended else current, max(skip, 0)
    shown = among[start : start + PORTION]
    return site.page(
        request,
        "admin_grants.html",
        **found.values,
        grants=shown,
        line=timeline(shown, work.now),
        total=len(among),
        ended=ended,
        more=start + PORTION if start + PORTION < len(among) else None,
        turned_down=done == "turned-down",
    )


@get("/admin/{name:str}/access", guards=[SEES], include_in_schema=False)
async def show_access(
    request: AnyRequest,
    name: FromPath[str],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
    day: FromQuery[str | None] = None,
    grant: FromQuery[UUID | None] = None,
) -> Response[str]:
    """Who can see what, today or as it was at noon of any day; with a grant, only what its holder can."""
    found = await opened(request, caller, work, ground, site, name)
    today = work.now.astimezone(STOCKHOLM).date()
    asked, faults = today, {}
    if day:
        try:
            asked = date.fromisoformat(day)
        except ValueError:
            faults["day"] = site.words(request).gettext("Skriv dagen som ÅÅÅÅ-MM-DD")
    at = work.now if asked == today else datetime.combine(asked, time(12), STOCKHOLM)
    read = await once(work, lambda tx: read_access(tx, caller, name, at=at, grant_id=grant, now=work.now))
    held: dict[str, list[Grant]] = {}
    for one in sorted(read.grants, key=lambda one: (one.principal, one.unit or "", one.role)):
        held.setdefault(one.principal, []).append(one)
    return site.page(
        request,
        "admin_access.html",
        status=400 if faults else 200,
        **found.values,
        held=held,
        at=at,
        day=day or today.isoformat(),
        asked=asked,
        is_today=asked == today,
        grant=grant,
        faults=faults,
    )


@get("/admin/{name:str}/grants/{grant_id:uuid}", guards=[SEES], include_in_schema=False)
async def show_grant(
    request: AnyRequest,
    name: FromPath[str],
    grant_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
    done: FromQuery[str | None] = None,
) -> Response[str]:
    """One grant: what it gives, who answers for it, what has happened to it."""
    return await _page(request, name, grant_id, caller, work, ground, site, done=done if done in DONE else None)


@post("/admin/{name:str}/grants/{grant_id:uuid}", guards=[CHANGES], status_code=303, include_in_schema=False)
async def change_grant(
    request: AnyRequest,
    name: FromPath[str],
    grant_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
) -> Response[Any]:
    """Take it back, first as a draft to look at; or answer for it from now on."""
    step = (await forms.read(request)).one("step")
    if step == "revoke":
        await once(work, lambda tx: revoke_access(tx, caller, grant_id, now=work.now))
        done = "revoked"
    elif step == "take-over":
        await once(work, lambda tx: take_over_grant(tx, caller, grant_id, now=work.now))
        done = "taken-over"
    else:
        return await _page(request, name, grant_id, caller, work, ground, site, is_draft=True)
    return Response(None, status_code=303, headers={"Location": f"/admin/{name}/grants/{grant_id}?done={done}"})


async def _page(
    request: AnyRequest,
    name: str,
    grant_id: UUID,
    caller: Caller,
    work: Work,
    ground: Ground,
    site: Site,
    *,
    done: str | None = None,
    is_draft: bool = False,
) -> Response[str]:
    found = await opened(request, caller, work, ground, site, name)
    grant = _grant(found, grant_id)
    read = await once(work, lambda tx: read_changes(tx, caller, name, thing=str(grant_id), now=work.now))
    return site.page(
        request,
        "admin_revoke.html" if is_draft else "admin_grant.html",
        **found.values,
        grant=grant,
        left=[one for one in found.view.grants if one.principal == grant.principal and one != grant and one.holds(work.now)],
        is_mine=grant.responsible == caller.principal,
        over=grant.revoked_at is not None or grant.valid_until <= work.now,
        coming=grant.valid_from > work.now,
        changes=read.changes,
        actions=ACTIONS,
        done=done,
    )


def _grant(found: Opened, grant_id: UUID) -> Grant:
    grant = next((one for one in found.view.grants if one.grant_id == grant_id), None)
    if grant is None:
        raise NotFound
    return grant


ROUTES: list[Any] = [list_grants, show_access, show_grant, change_grant]
