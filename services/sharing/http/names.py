"""Names on a case's page: asked of consent for this one answer, and kept nowhere here."""

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath

from services.sharing.http.outcomes import told
from services.sharing.http.people import STAFF, On
from services.sharing.usecases.ask_names import NamesView, ask_names
from services.sharing.usecases.name_people import NamesAsked, name_people
from shared.auth import requires
from shared.database import Connection
from shared.errors import AppError
from shared.work import TheCaller, TheWork


@get("/v1/cases/{case_id:uuid}/names", guards=[requires("sharing:read", kinds=STAFF)])
async def names_in_case(case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: On) -> NamesView:
    """To the discloser's own staff in that case. Unavailable while consent is away: the rest of the page stands without it."""

    async def effect(tx: Connection) -> NamesAsked | AppError:
        return told(await name_people(tx, caller, case_id, tables=ground.tables, now=work.now))

    return await ask_names(work.ask, caller, case_id, await work.once(effect))


ROUTES: list[Any] = [names_in_case]
