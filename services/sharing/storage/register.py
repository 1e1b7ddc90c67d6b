"""Organisations, units, systems, keys and switches: rows to structs and back."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import astuple

from services.sharing.domain.register import Organisation, SigningKey, Switch, System, Unit, UnitKey, UnitParty
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "register.sql")


async def find_organisation(tx: Connection, organisation: str) -> Organisation | None:
    """One organisation as it stands."""
    row = await tx.fetchrow(QUERIES["find_organisation"], organisation)
    return None if row is None else sql.struct(Organisation, row)


async def lock_organisation(tx: Connection, organisation: str) -> Organisation | None:
    """The same, and nobody else changes it until the commit."""
    row = await tx.fetchrow(QUERIES["lock_organisation"], organisation)
    return None if row is None else sql.struct(Organisation, row)


async def save_organisation(tx: Connection, organisation: Organisation, *, now: datetime) -> None:
    """Insert or replace."""
    await tx.execute(QUERIES["save_organisation"], *astuple(organisation), now)


async def operator(tx: Connection) -> str | None:
    """Whose log holds what belongs to nobody; None before the operator has been registered."""
    found: str | None = await tx.fetchval(QUERIES["operator_organisation"])
    return found


async def units_of(tx: Connection, organisation: str) -> list[Unit]:
    """All its units, by id."""
    return sql.structs(Unit, await tx.fetch(QUERIES["units_of"], organisation))


async def save_unit(tx: Connection, unit: Unit) -> bool:
    """Insert or replace; false when the id belongs to another organisation."""
    return await tx.fetchval(QUERIES["save_unit"], *astuple(unit)) is not None


async def parties(tx: Connection, units: Iterable[str]) -> dict[str, UnitParty]:
    """The units that exist, by id."""
    rows = await tx.fetch(QUERIES["parties"], sorted(set(units)))
    return {party.unit: party for party in sql.structs(UnitParty, rows)}


async def systems_of(tx: Connection, organisation: str) -> list[System]:
    """Its connected systems."""
    return sql.structs(System, await tx.fetch(QUERIES["systems_of"], organisation))


async def save_system(tx: Connection, system: System) -> bool:
    """Insert or replace; false when the client already speaks for another organisation."""
    return await tx.fetchval(QUERIES["save_system"], *astuple(system)) is not None


async def telephone_of(tx: Connection, unit: str) -> str | None:
    """Where the unit answers, when the operator has registered that."""
    found: str | None = await tx.fetchval(QUERIES["telephone_of"], unit)
    return found


async def organisation_of_system(tx: Connection, issuer: str, client_id: str, *, now: datetime) -> str | None:
    """Whom a client speaks for now."""
    found: str | None = await tx.fetchval(QUERIES["organisation_of_system"], issuer, client_id, now)
    return found


async def signing_keys_of(tx: Connection, organisation: str) -> list[SigningKey]:
    """Every signing key it ever had."""
    return sql.structs(SigningKey, await tx.fetch(QUERIES["signing_keys_of"], organisation))


async def save_signing_key(tx: Connection, key: SigningKey) -> None:
    """A new one; keys are never replaced."""
    await tx.execute(QUERIES["save_signing_key"], *astuple(key))


async def unit_keys_of(tx: Connection, unit: str) -> list[UnitKey]:
    """Every key it ever had, newest first."""
    return sql.structs(UnitKey, await tx.fetch(QUERIES["unit_keys_of"], unit))


async def save_unit_key(tx: Connection, key: UnitKey) -> None:
    """A new one; keys are never replaced."""
    await tx.execute(QUERIES["save_unit_key"], *astuple(key))


async def thrown_switches(tx: Connection) -> frozenset[tuple[str, str]]:
    """Routes (`from>to`), matrix rows and keys that are switched off, as (kind, value)."""
    return frozenset((row["kind"], row["value"]) for row in await tx.fetch(QUERIES["thrown_switches"]))


async def speaking_systems(tx: Connection, organisation: str, *, now: datetime) -> tuple[str, ...]:
    """`<issuer> <client id>` of those that may speak for it: not revoked, with a grant, and the organisation is not switched off."""
    return tuple([row["principal"] for row in await tx.fetch(QUERIES["speaking_systems"], organisation, now)])


async def throw_switch(tx: Connection, switch: Switch) -> bool:
    """Off; false when it was already."""
    return await tx.fetchval(QUERIES["throw_switch"], *astuple(switch)) is not None


async def switches(tx: Connection) -> list[Switch]:
    """Everything that is off, oldest first."""
    return sql.structs(Switch, await tx.fetch(QUERIES["switches"]))


async def organisations(tx: Connection) -> list[Organisation]:
    """All of them, by id."""
    return sql.structs(Organisation, await tx.fetch(QUERIES["organisations"]))


async def revoke_system(tx: Connection, organisation: str, issuer: str, client_id: str, *, now: datetime) -> bool:
    """It speaks for nobody from now on; false when it did not before."""
    return await tx.fetchval(QUERIES["revoke_system"], organisation, issuer, client_id, now) is not None


async def revoke_signing_key(tx: Connection, organisation: str, kid: str, *, now: datetime) -> bool:
    """Nothing signed with it is taken from now on; false when it was not in force."""
    return await tx.fetchval(QUERIES["revoke_signing_key"], organisation, kid, now) is not None


async def revoke_unit_key(tx: Connection, unit: str, kid: str, *, now: datetime) -> bool:
    """Nothing is sealed to it from now on; false when it was not in force."""
    return await tx.fetchval(QUERIES["revoke_unit_key"], unit, kid, now) is not None


async def reset_switch(tx: Connection, kind: str, value: str) -> bool:
    """On again; false when it was not off."""
    return await tx.fetchval(QUERIES["reset_switch"], kind, value) is not None
