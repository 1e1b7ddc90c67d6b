"""An administrator's organisation: what it consists of, what waits, what a review finds, how far it has come, what was changed."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from services.sharing.pages.admin_words import ACTIONS, DONE_ACTS, FINDINGS, STEPS, SWITCHES, Registered
from services.sharing.pages.staff import PEOPLE, TheGround, once
from services.sharing.usecases.administer import is_operator, may_administer
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.read_register import (
    OrganisationView,
    list_organisations,
    list_switches,
    read_changes,
    read_onboarding,
    read_organisation,
    review_access,
)
from shared.auth import LOA3, Caller, requires
from shared.pages import AnyRequest, Site, TheSite
from shared.work import TheCaller, TheWork, Work

SEES = requires("sharing:read", kinds=PEOPLE, acr=LOA3)
PORTION = 50
"""Rows of a page."""


class Opened(msgspec.Struct, frozen=True):
    """An organisation that the reader administers, and its words."""

    view: OrganisationView
    says: Registered

    @property
    def values(self) -> dict[str, Any]:
        """What every template of it needs."""
        return {
            "view": self.view,
            "organisation": self.view.organisation,
            "says": self.says,
            "base": f"/admin/{self.view.organisation.organisation}",
        }


async def opened(request: AnyRequest, caller: Caller, work: Work, ground: Ground, site: Site, name: str) -> Opened:
    """Raises NotFound for one that the reader does not administer. The reading is an entry."""
    view = await once(work, lambda tx: read_organisation(tx, caller, name, now=work.now))
    return Opened(view, Registered(ground, site, request, caller, view))


@get("/admin", guards=[SEES], include_in_schema=False)
async def list_all(request: AnyRequest, caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite) -> Response[Any]:
    """The operator chooses an organisation; an administrator comes to their own; others read whom to ask, which is no try."""
    async with work.database.transaction() as tx:
        runs_all = await is_operator(tx, caller, now=work.now)
        own = caller.organisation is not None and await may_administer(tx, caller, caller.organisation, now=work.now)
    if not own and not runs_all:
        return site.page(request, "admin_none.html")
    if not runs_all:
        return Response(None, status_code=303, headers={"Location": f"/admin/{caller.organisation}"})
    listed = await once(work, lambda tx: list_organisations(tx, caller, now=work.now))
    off = await once(work, lambda tx: list_switches(tx, caller, now=work.now))
    says = Registered(ground, site, request, caller)
    return site.page(request, "admin_all.html", listed=listed.organisations, switches=off.switches, kinds=SWITCHES, says=says)


@get("/admin/{name:str}", guards=[SEES], include_in_schema=False)
async def show(
    request: AnyRequest, name: FromPath[str], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite, done: FromQuery[str] = ""
) -> Response[str]:
    """Units, agreements, what waits for somebody, how many things a review finds."""
    found = await opened(request, caller, work, ground, site, name)
    async with work.database.transaction() as tx:
        runs_all = await is_operator(tx, caller, now=work.now)
    review = await once(work, lambda tx: review_access(tx, caller, name, now=work.now))
    way = await once(work, lambda tx: read_onboarding(tx, caller, name, now=work.now))
    usable = [key for key in found.view.unit_keys if key.revoked_at is None and key.valid_from <= work.now < key.valid_until]
    keyed = {key.unit: key.valid_until for key in sorted(usable, key=lambda key: key.valid_until)}
    holding = [one for one in found.view.grants if one.holds(work.now)]
    return site.page(
        request,
        "admin_one.html",
        **found.values,
        findings=review.findings,
        way=way,
        keyed=keyed,
        holding=holding,
        kinds=SWITCHES,
        runs_all=runs_all,
        done=DONE_ACTS.get(done),
        now=work.now,
    )


@get("/admin/{name:str}/systems", guards=[SEES], include_in_schema=False)
async def show_systems(
    request: AnyRequest, name: FromPath[str], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite, done: FromQuery[str] = ""
) -> Response[str]:
    """Connected systems and keys: id, made, retires."""
    found = await opened(request, caller, work, ground, site, name)
    return site.page(request, "admin_systems.html", **found.values, now=work.now, done=DONE_ACTS.get(done))


@get("/admin/{name:str}/review", guards=[SEES], include_in_schema=False)
async def show_review(
    request: AnyRequest, name: FromPath[str], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite
) -> Response[str]:
    """What should be looked at, the gravest first, each with the way to mend it."""
    found = await opened(request, caller, work, ground, site, name)
    review = await once(work, lambda tx: review_access(tx, caller, name, now=work.now))
    groups = {kind: [one for one in review.findings if one.kind == kind] for kind in FINDINGS}
    return site.page(request, "admin_review.html", **found.values, groups=groups, words=FINDINGS, most=PORTION, now=work.now)


@get("/admin/{name:str}/onboarding", guards=[SEES], include_in_schema=False)
async def show_onboarding(
    request: AnyRequest, name: FromPath[str], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite
) -> Response[str]:
    """The way in, step by step, from facts alone."""
    found = await opened(request, caller, work, ground, site, name)
    way = await once(work, lambda tx: read_onboarding(tx, caller, name, now=work.now))
    return site.page(request, "admin_onboarding.html", **found.values, way=way, words=STEPS)


@get("/admin/{name:str}/changes", guards=[SEES], include_in_schema=False)
async def show_changes(
    request: AnyRequest,
    name: FromPath[str],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
    thing: FromQuery[str | None] = None,
    skip: FromQuery[int] = 0,
) -> Response[str]:
    """Each change with before and after, newest first; with `thing`, those of one grant, unit, key or agreement."""
    found = await opened(request, caller, work, ground, site, name)
    read = await once(work, lambda tx: read_changes(tx, caller, name, thing=thing, now=work.now))
    start = max(skip, 0)
    shown = read.changes[start : start + PORTION]
    more = start + PORTION if start + PORTION < len(read.changes) else None
    return site.page(request, "admin_changes.html", **found.values, changes=shown, thing=thing, more=more, actions=ACTIONS)


ROUTES: list[Any] = [list_all, show, show_systems, show_review, show_onboarding, show_changes]
