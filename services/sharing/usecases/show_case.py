"""A case as its page shows it: what was read, with its entry, how it stands, what the family was asked, what units are called."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.cases import ConsentRequest
from services.sharing.domain.outcomes import Hidden, NotYet
from services.sharing.domain.steering import SteeringView
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import CaseRead
from services.sharing.storage import cases, workplaces
from services.sharing.usecases.find_case import Opened, find_case
from services.sharing.usecases.read_case import read_case
from services.sharing.usecases.steer_case import view_steering
from shared.auth import Caller
from shared.database import Connection


class CaseShown(msgspec.Struct, frozen=True, kw_only=True):
    """`steering` is None for another organisation that takes part: who answers for it is not theirs to see."""

    case: CaseRead
    units: tuple[str, ...]
    """The parties that the reader may act for."""
    steering: SteeringView | None
    asked: tuple[ConsentRequest, ...]
    names: dict[str, str]


async def show_case(tx: Connection, caller: Caller, case_id: UUID, *, tables: Tables, now: datetime) -> CaseShown | Hidden | NotYet:
    """One reading, one entry: that of `read_case`."""
    read = await read_case(tx, caller, case_id, tables=tables, now=now)
    if not isinstance(read, CaseRead):
        return read
    found = await find_case(tx, caller, case_id, tables=tables, now=now)
    units = found.units if isinstance(found, Opened) else ()
    own = isinstance(found, Opened) and found.case.organisation == caller.organisation
    asked = [request for decision in read.decisions for request in await cases.requests_of(tx, decision.decision_id)]
    return CaseShown(
        case=read,
        units=units,
        steering=view_steering(await workplaces.find_steering(tx, case_id), caller) if own else None,
        asked=tuple(request for request in asked if request.discloser_unit in units),
        names=await workplaces.names_of(tx, read.parties),
    )
