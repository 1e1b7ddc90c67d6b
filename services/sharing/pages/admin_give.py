"""Give a grant: a draft, then the answers to check with what they change, then in force; or a second person's word."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from services.sharing.domain.access import needs_two
from services.sharing.domain.register import Grant, Proposal
from services.sharing.pages.admin import SEES, Opened, opened
from services.sharing.pages.admin_access import CHANGES
from services.sharing.pages.admin_words import GIVEN, ROLES, day_begins, last_day, written_day
from services.sharing.pages.staff import TheGround, once
from services.sharing.usecases.grant_access import GrantAccess
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.propose_access import DecideProposal, GiveAccess, decide_proposal, give_access
from shared.auth import Caller
from shared.clock import STOCKHOLM
from shared.errors import NotFound
from shared.pages import N_, AnyRequest, Form, TheSite, drafts, forms
from shared.words import Principal
from shared.work import TheCaller, TheWork

YEAR = timedelta(days=365)
SINGLE = ("person", "role", "unit", "from", "until")
Typed = dict[str, list[str]]


@get("/admin/{name:str}/give", guards=[SEES], include_in_schema=False)
async def begin(
    request: AnyRequest,
    name: FromPath[str],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
    again: FromQuery[UUID | None] = None,
) -> Response[str]:
    """An empty draft; or one like a grant that ended, to give it again."""
    found = await opened(request, caller, work, ground, site, name)
    kept = site.draft(request, caller, now=work.now)
    typed = kept or _like(found, again, work.now)
    return site.page(request, "admin_give.html", cookies=[drafts.forget()] if kept else [], **_form(found, ground, typed), faults={})


@post("/admin/{name:str}/give", guards=[CHANGES], status_code=303, include_in_schema=False)
async def give(
    request: AnyRequest, name: FromPath[str], caller: TheCaller, work: TheWork, ground: TheGround, site: TheSite
) -> Response[Any]:
    """Check, change or give."""
    form = await forms.read(request)
    step = form.one("step")
    found = await opened(request, caller, work, ground, site, name)
    typed = {name: form.all(name) for name in (*SINGLE, "models")}
    wanted, faults = read_draft(form, found, ground, caller, work.now)
    words = site.words(request)
    if wanted is None or step == "change":
        said = {} if step == "change" else {field: words.gettext(text) for field, text in faults.items()}
        return site.page(request, "admin_give.html", status=400 if said else 200, **_form(found, ground, typed), faults=said)
    if step != "give":
        two = needs_two(wanted.unit, found.view.units, to_oneself=wanted.principal == caller.principal)
        return site.page(
            request, "admin_check.html", **found.values, wanted=wanted, typed=typed, two=two, **_changes(found, wanted, work.now)
        )
    given = await once(work, lambda tx: give_access(tx, caller, wanted, now=work.now))
    if given.proposal is not None:
        where = f"proposals/{given.proposal.proposal_id}?done=proposed"
    else:
        where = f"grants/{_id(given.grant)}?done=given"
    return Response(None, status_code=303, headers={"Location": f"/admin/{name}/{where}"})


@get("/admin/{name:str}/proposals/{proposal_id:uuid}", guards=[SEES], include_in_schema=False)
async def show_proposal(
    request: AnyRequest,
    name: FromPath[str],
    proposal_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    ground: TheGround,
    site: TheSite,
    done: FromQuery[str | None] = None,
) -> Response[str]:
    """What somebody wants to give, what it would change, and the decision of another."""
    found = await opened(request, caller, work, ground, site, name)
    proposal = _proposal(found, proposal_id)
    wanted = msgspec.convert(proposal.wanted, GrantAccess)
    return site.page(
        request,
        "admin_proposal.html",
        **found.values,
        proposal=proposal,
        wanted=wanted,
        **_changes(found, wanted, work.now),
        may_decide=caller.principal not in {proposal.proposed_by, wanted.principal},
        done=done == "proposed",
    )


@post("/admin/{name:str}/proposals/{proposal_id:uuid}", guards=[CHANGES], status_code=303, include_in_schema=False)
async def decide(
    request: AnyRequest,
    name: FromPath[str],
    proposal_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
) -> Response[Any]:
    """The second person's yes or no. Anything else comes back to the page."""
    chosen = (await forms.read(request)).chosen("step", ("approve", "turn-down"))
    if chosen is None:
        return Response(None, status_code=303, headers={"Location": f"/admin/{name}/proposals/{proposal_id}"})
    word = DecideProposal(approve=chosen == "approve")
    decided = await once(work, lambda tx: decide_proposal(tx, caller, proposal_id, word, now=work.now))
    where = "grants?done=turned-down" if decided.grant is None else f"grants/{decided.grant.grant_id}?done=approved"
    return Response(None, status_code=303, headers={"Location": f"/admin/{name}/{where}"})


def read_draft(form: Form, found: Opened, ground: Ground, caller: Caller, now: datetime) -> tuple[GiveAccess | None, dict[str, str]]:
    """What is wanted, or what is wrong with each field. Today means from now on."""
    person, role = form.one("person"), form.chosen("role", GIVEN)
    units = [unit.unit for unit in found.view.units]
    unit = form.chosen("unit", ("all", *units))
    models = tuple(code for code in dict.fromkeys(form.all("models")) if code in ground.tables.models)
    start, until = written_day(form.one("from")), written_day(form.one("until"))
    today = now.astimezone(STOCKHOLM).date()
    faults: dict[str, str] = {}
    if role is None:
        faults["role"] = N_("Välj en roll")
    if unit is None:
        faults["unit"] = N_("Välj var behörigheten gäller")
    if start is None or start < today:
        faults["from"] = N_("Skriv en dag som ÅÅÅÅ-MM-DD, i dag eller senare")
    if until is None or until < (start or today):
        faults["until"] = N_("Skriv en dag som ÅÅÅÅ-MM-DD, inte före den första")
    principal = f"{caller.issuer} {person}"
    try:
        msgspec.convert(principal, Principal)
    except msgspec.ValidationError:
        faults = {"person": N_("Skriv personens id vid inloggningen, aldrig ett personnummer"), **faults}
    if faults or role is None or start is None or until is None:
        return None, faults
    wanted = GiveAccess(
        principal=principal,
        organisation=found.view.organisation.organisation,
        role=role,
        unit=None if unit == "all" else unit,
        models=models,
        valid_from=now if start <= today else day_begins(start),
        valid_until=day_begins(until + timedelta(days=1)),
    )
    return wanted, faults


def _like(found: Opened, again: UUID | None, now: datetime) -> Typed:
    today = now.astimezone(STOCKHOLM).date()
    typed = {"from": [today.isoformat()], "until": [(today + YEAR).isoformat()]}
    old = next((grant for grant in found.view.grants if grant.grant_id == again), None)
    if old is None or old.role not in GIVEN:
        return typed
    until = last_day(old.valid_until)
    return {
        "person": [old.principal.rpartition(" ")[2]],
        "role": [old.role],
        "unit": [old.unit or "all"],
        "models": list(old.models),
        "from": [today.isoformat()],
        "until": [(until if until > today else today + YEAR).isoformat()],
    }


def _form(found: Opened, ground: Ground, typed: Typed) -> dict[str, Any]:
    bound = {one.model for one in found.view.agreements if one.revoked_at is None}
    return {
        **found.values,
        "typed": {name: (typed.get(name) or [""])[0] for name in SINGLE},
        "chosen": typed.get("models") or [],
        "roles": [(code, found.says.role(code)) for code in GIVEN if code in ROLES],
        "units": [(unit.unit, unit.name) for unit in found.view.units],
        "models": [(model, found.says.model(model)) for model in ground.tables.models if model in bound],
    }


def _changes(found: Opened, wanted: GiveAccess | GrantAccess, now: datetime) -> dict[str, Any]:
    """What the person can do today here, and whether the same stands already."""
    held = [one for one in found.view.grants if one.principal == wanted.principal and one.holds(now)]
    same = [one for one in held if (one.unit, one.role, one.models) == (wanted.unit, wanted.role, wanted.models)]
    return {"held": held, "same": same}


def _id(grant: Grant | None) -> UUID:
    if grant is None:
        raise NotFound
    return grant.grant_id


def _proposal(found: Opened, proposal_id: UUID) -> Proposal:
    proposal = next((one for one in found.view.proposals if one.proposal_id == proposal_id), None)
    if proposal is None:
        raise NotFound
    return proposal


ROUTES: list[Any] = [begin, give, show_proposal, decide]
