"""What pages say of units and cases besides codes: names, whom one works with, how a case stands."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.sharing.domain.register import Neighbour
from services.sharing.domain.steering import Steering
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "workplaces.sql")


async def units_beside(tx: Connection, organisation: str, *, now: datetime) -> list[Neighbour]:
    """Every unit, own ones too, that an agreement in force binds to this organisation, with the models of it."""
    return sql.structs(Neighbour, await tx.fetch(QUERIES["units_beside"], organisation, now))


async def names_of(tx: Connection, units: Iterable[str]) -> dict[str, str]:
    """What these units are called."""
    return {row["unit"]: row["name"] for row in await tx.fetch(QUERIES["unit_names"], sorted(set(units)))}


async def find_steering(tx: Connection, case_id: UUID) -> Steering:
    """How the case stands, to be shown. Raises LookupError for none."""
    row = await tx.fetchrow(QUERIES["find_steering"], case_id)
    if row is None:
        raise LookupError("no such case")
    return sql.struct(Steering, row)
