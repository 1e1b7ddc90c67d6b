"""Where somebody works: the units that their grants reach, and whom agreements let them work with. The register, nobody's matter."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from services.sharing.domain.outcomes import Hidden
from services.sharing.domain.register import Neighbour
from services.sharing.domain.tables import Tables
from services.sharing.storage import register, workplaces
from services.sharing.usecases.authorise import grants_now, may_act
from services.sharing.usecases.record import hide
from shared.auth import Caller
from shared.database import Connection


class OwnUnit(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of the caller's and the models that a grant lets them act under there."""

    unit: str
    name: str
    models: tuple[str, ...]


class Workplace(msgspec.Struct, frozen=True, kw_only=True):
    """What a page offers to choose from."""

    own: tuple[OwnUnit, ...]
    beside: tuple[Neighbour, ...]


class UnitNames(msgspec.Struct, frozen=True, kw_only=True):
    """What units are called."""

    names: dict[str, str]


async def know_workplace(tx: Connection, caller: Caller, *, tables: Tables, now: datetime) -> Workplace | Hidden:
    """The caller's units and their neighbours; a try without a grant in force is recorded."""
    held = await grants_now(tx, caller, now=now)
    if caller.organisation is None or not held:
        return await hide(tx, caller, owner=None, now=now)
    own = [
        OwnUnit(
            unit=unit.unit, name=unit.name, models=tuple(model.id for model in tables.models.values() if may_act(held, unit.unit, model))
        )
        for unit in await register.units_of(tx, caller.organisation)
    ]
    return Workplace(
        own=tuple(unit for unit in own if unit.models),
        beside=tuple(await workplaces.units_beside(tx, caller.organisation, now=now)),
    )


async def name_units(tx: Connection, units: Iterable[str]) -> UnitNames:
    """For a list of what the caller has been shown already."""
    return UnitNames(names=await workplaces.names_of(tx, units))
