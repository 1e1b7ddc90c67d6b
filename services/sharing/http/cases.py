"""Steering cases over HTTP: who answers, what comes next, the list of one's own units."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from services.sharing.domain.steering import SteeringView
from services.sharing.http.outcomes import told
from services.sharing.http.people import STAFF, On
from services.sharing.usecases.list_cases import CasesView, list_cases
from services.sharing.usecases.steer_case import (
    CloseCase,
    HandedOver,
    HandOver,
    SteerCase,
    close_case,
    hand_over,
    reopen_case,
    steer_case,
)
from shared.auth import requires
from shared.database import Connection
from shared.errors import AppError
from shared.work import TheCaller, TheWork


@get("/v1/cases", guards=[requires("sharing:read", kinds=STAFF)])
async def list_own_cases(
    caller: TheCaller, work: TheWork, ground: On, before: FromQuery[UUID | None] = None, closed: FromQuery[bool] = False
) -> CasesView:
    """The cases of the units that the caller may act for, newest first."""

    async def effect(tx: Connection) -> CasesView | AppError:
        return told(await list_cases(tx, caller, tables=ground.tables, before=before, is_open=not closed, now=work.now))

    return await work.once(effect)


@post("/v1/cases/{case_id:uuid}/steering", guards=[requires("sharing:decide", kinds=STAFF)], status_code=200)
async def steer(case_id: FromPath[UUID], data: JSONBody[SteerCase], caller: TheCaller, work: TheWork, ground: On) -> SteeringView:
    """Take a case, name the coordinating role, the next step and its day, begin or end the plan."""

    async def effect(tx: Connection) -> SteeringView | AppError:
        return told(await steer_case(tx, caller, case_id, data, tables=ground.tables, now=work.now))

    return await work.once(effect)


@post("/v1/cases/{case_id:uuid}/closing", guards=[requires("sharing:decide", kinds=STAFF)], status_code=200)
async def close(case_id: FromPath[UUID], data: JSONBody[CloseCase], caller: TheCaller, work: TheWork, ground: On) -> SteeringView:
    """End a case."""

    async def effect(tx: Connection) -> SteeringView | AppError:
        return told(await close_case(tx, caller, case_id, data, tables=ground.tables, now=work.now))

    return await work.once(effect)


@post("/v1/cases/{case_id:uuid}/reopening", guards=[requires("sharing:decide", kinds=STAFF)], status_code=200)
async def reopen(case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: On) -> SteeringView:
    """Open a case again."""

    async def effect(tx: Connection) -> SteeringView | AppError:
        return told(await reopen_case(tx, caller, case_id, tables=ground.tables, now=work.now))

    return await work.once(effect)


@post("/v1/handovers", guards=[requires("sharing:decide", kinds=STAFF)], status_code=200)
async def hand_cases_over(data: JSONBody[HandOver], caller: TheCaller, work: TheWork, ground: On) -> HandedOver:
    """Everything that somebody answers for, to a successor."""

    async def effect(tx: Connection) -> HandedOver | AppError:
        return told(await hand_over(tx, caller, data, tables=ground.tables, now=work.now))

    return await work.once(effect)


ROUTES: list[Any] = [list_own_cases, steer, close, reopen, hand_cases_over]
