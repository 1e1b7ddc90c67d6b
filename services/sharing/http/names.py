"""Names on a case's page: asked of consent for this one answer, and kept nowhere here."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath

from services.sharing.http.outcomes import told
from services.sharing.http.people import STAFF, On
from services.sharing.usecases.name_people import NamesAsked, name_people
from shared.auth import requires
from shared.contracts.consent import NamedSigner, Names
from shared.database import Connection
from shared.errors import AppError
from shared.work import TheCaller, TheWork


class NamesView(msgspec.Struct, frozen=True, kw_only=True):
    """Who the case is about, and whose answers are missing. Empty where the person may not be named here."""

    child: str | None
    missing: tuple[NamedSigner, ...]


@get("/v1/cases/{case_id:uuid}/names", guards=[requires("sharing:read", kinds=STAFF)])
async def names_in_case(case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: On) -> NamesView:
    """To the discloser's own staff in that case. Unavailable while consent is away: the rest of the page stands without it."""

    async def effect(tx: Connection) -> NamesAsked | AppError:
        return told(await name_people(tx, caller, case_id, tables=ground.tables, now=work.now))

    asked = await work.once(effect)
    child: str | None = None
    missing: dict[tuple[str, str | None], NamedSigner] = {}
    for unit in asked.units:
        found = await work.ask(
            Names(
                issuer=caller.issuer,
                subject=caller.subject,
                acr=caller.acr,
                organisation=asked.organisation,
                unit=unit,
                case_id=case_id,
                subject_id=asked.subject_id,
            )
        )
        child = child or found.child
        missing |= {(one.role, one.name): one for one in found.missing}
    return NamesView(child=child, missing=tuple(missing.values()))


ROUTES: list[Any] = [names_in_case]
