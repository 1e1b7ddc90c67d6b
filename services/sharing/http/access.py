"""Who may do what: grants, proposals that wait for a second person, the review, and what was true on any date."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from services.sharing.domain.limits import Lift, Limits
from services.sharing.domain.register import Grant
from services.sharing.http.outcomes import told
from services.sharing.http.register import CHANGES, READS
from services.sharing.usecases.confirm_review import ReviewConfirmed, confirm_review
from services.sharing.usecases.limit_acts import LiftLimit, SetLimits, lift_limit, set_limits
from services.sharing.usecases.propose_access import DecideProposal, GiveAccess, GivenView, decide_proposal, give_access
from services.sharing.usecases.read_register import (
    AccessView,
    ChangesView,
    ReviewView,
    read_access,
    read_changes,
    review_access,
)
from services.sharing.usecases.revoke_access import revoke_access, take_over_grant
from shared.database import Connection
from shared.errors import AppError
from shared.work import TheCaller, TheWork


@post("/v1/register/grants", guards=[CHANGES], status_code=201)
async def give(data: JSONBody[GiveAccess], caller: TheCaller, work: TheWork) -> GivenView:
    """The grant; or, for protected and police parties and for oneself, the proposal that another must approve."""

    async def effect(tx: Connection) -> GivenView | AppError:
        return told(await give_access(tx, caller, data, now=work.now))

    return await work.once(effect)


@post("/v1/register/grants/{grant_id:uuid}/revocation", guards=[CHANGES], status_code=200)
async def revoke(grant_id: FromPath[UUID], caller: TheCaller, work: TheWork) -> Grant:
    """In force no longer, at once and everywhere within two seconds."""

    async def effect(tx: Connection) -> Grant | AppError:
        return told(await revoke_access(tx, caller, grant_id, now=work.now))

    return await work.once(effect)


@post("/v1/register/grants/{grant_id:uuid}/manager", guards=[CHANGES], status_code=200)
async def take_over(grant_id: FromPath[UUID], caller: TheCaller, work: TheWork) -> Grant:
    """The caller answers for the grant from now on."""

    async def effect(tx: Connection) -> Grant | AppError:
        return told(await take_over_grant(tx, caller, grant_id, now=work.now))

    return await work.once(effect)


@post("/v1/register/proposals/{proposal_id:uuid}/decision", guards=[CHANGES], status_code=200)
async def decide(proposal_id: FromPath[UUID], data: JSONBody[DecideProposal], caller: TheCaller, work: TheWork) -> GivenView:
    """The second person's word."""

    async def effect(tx: Connection) -> GivenView | AppError:
        return told(await decide_proposal(tx, caller, proposal_id, data, now=work.now))

    return await work.once(effect)


@get("/v1/register/organisations/{organisation:str}/review", guards=[READS])
async def show_review(organisation: FromPath[str], caller: TheCaller, work: TheWork) -> ReviewView:
    """Unused, about to end, without a responsible manager, without a key."""

    async def effect(tx: Connection) -> ReviewView | AppError:
        return told(await review_access(tx, caller, organisation, now=work.now))

    return await work.once(effect)


@post("/v1/register/organisations/{organisation:str}/reviews", guards=[CHANGES], status_code=201)
async def reviewed(organisation: FromPath[str], caller: TheCaller, work: TheWork) -> ReviewConfirmed:
    """The caller has looked through it, and answers for what stays as it is."""

    async def effect(tx: Connection) -> ReviewConfirmed | AppError:
        return told(await confirm_review(tx, caller, organisation, now=work.now))

    return await work.once(effect)


@get("/v1/register/organisations/{organisation:str}/access", guards=[READS])
async def show_access(
    organisation: FromPath[str],
    caller: TheCaller,
    work: TheWork,
    at: FromQuery[datetime | None] = None,
    grant: FromQuery[UUID | None] = None,
) -> AccessView:
    """Who can see what, now or as of any instant; with `grant`, only the person who holds it."""

    async def effect(tx: Connection) -> AccessView | AppError:
        return told(await read_access(tx, caller, organisation, at=at, grant_id=grant, now=work.now))

    return await work.once(effect)


@get("/v1/register/organisations/{organisation:str}/changes", guards=[READS])
async def show_changes(organisation: FromPath[str], caller: TheCaller, work: TheWork, thing: FromQuery[str | None] = None) -> ChangesView:
    """What was changed, by whom, before and after; with `thing`, the timeline of one grant, unit, key or agreement."""

    async def effect(tx: Connection) -> ChangesView | AppError:
        return told(await read_changes(tx, caller, organisation, thing=thing, now=work.now))

    return await work.once(effect)


@post("/v1/register/limits", guards=[CHANGES], status_code=200)
async def limit(data: JSONBody[SetLimits], caller: TheCaller, work: TheWork) -> Limits:
    """How many different children a day and acts an hour are usual here."""

    async def effect(tx: Connection) -> Limits | AppError:
        return told(await set_limits(tx, caller, data, now=work.now))

    return await work.once(effect)


@post("/v1/register/lifts", guards=[CHANGES], status_code=200)
async def lift(data: JSONBody[LiftLimit], caller: TheCaller, work: TheWork) -> Lift:
    """A manager has looked: for one unit or one person the limit is lifted until midnight."""

    async def effect(tx: Connection) -> Lift | AppError:
        return told(await lift_limit(tx, caller, data, now=work.now))

    return await work.once(effect)


ROUTES: list[Any] = [limit, lift, give, revoke, take_over, decide, show_review, reviewed, show_access, show_changes]
