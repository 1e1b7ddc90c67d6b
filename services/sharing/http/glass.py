"""Break-glass, for people at level of assurance 3 who have logged in this very moment."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody

from services.sharing.domain.glass import FRESH, GlassView
from services.sharing.http.outcomes import told
from services.sharing.http.people import STAFF, On
from services.sharing.usecases.break_glass import BreakGlass, GlassOpened, break_glass
from services.sharing.usecases.learn_facts import learn_child_at_once
from services.sharing.usecases.review_glass import GlassesView, ReviewGlass, list_glasses, review_glass
from shared.auth import LOA3, requires
from shared.database import Connection
from shared.errors import AppError, Unauthenticated
from shared.law.codes import Purpose
from shared.work import TheCaller, TheWork

AGAIN = f'Bearer error="insufficient_user_authentication", max_age="{int(FRESH.total_seconds())}"'
"""RFC 9470: log in again."""


@post("/v1/break-glass", guards=[requires("sharing:confirm", kinds=STAFF, acr=LOA3)], status_code=201)
async def open_glass(data: JSONBody[BreakGlass], caller: TheCaller, work: TheWork, ground: On) -> GlassOpened:
    """A named human tells what an emergency needs."""
    if caller.authenticated_at is None or caller.authenticated_at < work.now - FRESH:
        raise Unauthenticated("stronger-login-needed", challenge=AGAIN)
    child, known_here = await learn_child_at_once(work.database, work.ask, caller, data.child_ref, Purpose.EMERGENCY)

    async def effect(tx: Connection) -> GlassOpened | AppError:
        return told(await break_glass(tx, caller, data, tables=ground.tables, child=child, known_here=known_here, now=work.now))

    return await work.once(effect)


@get("/v1/break-glass", guards=[requires("sharing:read", kinds=STAFF)])
async def show_glasses(caller: TheCaller, work: TheWork) -> GlassesView:
    """For duty officers and managers."""

    async def effect(tx: Connection) -> GlassesView | AppError:
        return told(await list_glasses(tx, caller, now=work.now))

    return await work.once(effect)


@post("/v1/break-glass/{glass_id:uuid}/review", guards=[requires("sharing:decide", kinds=STAFF)], status_code=200)
async def review(glass_id: FromPath[UUID], data: JSONBody[ReviewGlass], caller: TheCaller, work: TheWork) -> GlassView:
    """What a duty officer or a manager of either side finds."""

    async def effect(tx: Connection) -> GlassView | AppError:
        return told(await review_glass(tx, caller, glass_id, data, now=work.now))

    return await work.once(effect)


ROUTES: list[Any] = [open_glass, show_glasses, review]
