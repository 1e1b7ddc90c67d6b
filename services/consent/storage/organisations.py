"""This house's own copy of organisations, units and grants; sharing owns them and tells every change."""

from datetime import datetime

import msgspec

from shared import sql
from shared.contracts.sharing import GrantChanged, OrganisationChanged
from shared.database import Connection
from shared.law.codes import Regime

QUERIES = sql.load("services.consent.storage", "organisations.sql")


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as a family reads of it."""

    unit: str
    organisation: str
    name: str
    regime: Regime
    display_name: str
    """The organisation's."""


async def save(tx: Connection, seen: OrganisationChanged) -> None:
    """Take over a newer picture of an organisation; an older one changes nothing."""
    known = await tx.fetchval(QUERIES["save_organisation"], seen.organisation, seen.display_name, list(seen.systems), seen.revision)
    if known is None:
        return
    await tx.execute(QUERIES["drop_units"], seen.organisation)
    await tx.executemany(QUERIES["save_unit"], [(one.unit, seen.organisation, one.name, one.regime) for one in seen.units])


async def save_grant(tx: Connection, seen: GrantChanged) -> None:
    """Take over a newer picture of a grant."""
    await tx.execute(
        QUERIES["save_grant"],
        seen.grant_id,
        seen.organisation,
        seen.unit,
        seen.principal,
        seen.role,
        seen.valid_from,
        seen.valid_until,
        seen.revoked_at,
        seen.revision,
    )


async def unit(tx: Connection, unit_id: str) -> Unit | None:
    """One unit, or None while its organisation is not known here."""
    row = await tx.fetchrow(QUERIES["get_unit"], unit_id)
    return None if row is None else sql.struct(Unit, row)


async def of_system(connection: Connection, principal: str) -> str | None:
    """The one organisation that names this system as its own; two would be none."""
    rows = await connection.fetch(QUERIES["of_system"], principal)
    return rows[0]["organisation"] if len(rows) == 1 else None


async def has_grant(tx: Connection, principal: str, organisation: str, *, now: datetime) -> bool:
    """Whether this person has any grant there now."""
    return await tx.fetchval(QUERIES["has_grant"], principal, organisation, now) is True


async def has_grant_at(tx: Connection, principal: str, organisation: str, unit: str, *, now: datetime) -> bool:
    """Whether this person has a grant for that unit, or for all of its organisation."""
    return await tx.fetchval(QUERIES["has_grant_at"], principal, organisation, unit, now) is True


async def granted_units(tx: Connection, principal: str, organisation: str, *, now: datetime) -> list[str] | None:
    """The units that this person has a grant for; None is every unit of the organisation."""
    units = [row["unit"] for row in await tx.fetch(QUERIES["granted_units"], principal, organisation, now)]
    return None if None in units else units


async def roles(tx: Connection, principal: str, organisation: str, *, now: datetime) -> list[str]:
    """What somebody is in an organisation now, by all their grants."""
    return [row["role"] for row in await tx.fetch(QUERIES["roles"], principal, organisation, now)]
