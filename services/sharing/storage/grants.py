"""Agreements and grants: rows to structs and back."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from msgspec.structs import astuple

from services.sharing.domain.register import Agreement, Grant
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "grants.sql")


async def same_agreement(tx: Connection, agreement: Agreement) -> Agreement | None:
    """The one that says the same, if there is one."""
    row = await tx.fetchrow(QUERIES["same_agreement"], agreement.model, agreement.organisations, agreement.valid_until)
    return None if row is None else sql.struct(Agreement, row)


async def save_agreement(tx: Connection, agreement: Agreement) -> None:
    """A new one."""
    await tx.execute(QUERIES["save_agreement"], *astuple(agreement))


async def agreement_covers(tx: Connection, model: str, organisations: Iterable[str], *, now: datetime) -> bool:
    """Whether one agreement in force binds all of these organisations to the model."""
    return bool(await tx.fetchval(QUERIES["agreement_covers"], model, sorted(set(organisations)), now))


async def of_principal(tx: Connection, principal: str, organisation: str, *, lock: bool = False) -> list[Grant]:
    """Grants not revoked, whatever their dates. `lock`: none of them is revoked before this transaction has ended."""
    query = QUERIES["lock_grants_of"] if lock else QUERIES["grants_of"]
    return sql.structs(Grant, await tx.fetch(query, principal, organisation))


async def is_held(tx: Connection, organisation: str, unit: str, role: str, *, now: datetime) -> bool:
    """Whether somebody holds this role for the unit now."""
    return bool(await tx.fetchval(QUERIES["is_role_held"], organisation, unit, role, now))


async def of_systems(tx: Connection, organisation: str, *, lock: bool = False) -> list[Grant]:
    """What the organisation's systems may do, whichever of them it is: over the bus only the organisation is proven."""
    query = QUERIES["lock_grants_of_systems"] if lock else QUERIES["grants_of_systems"]
    return sql.structs(Grant, await tx.fetch(query, organisation))


async def lock(tx: Connection, grant_id: UUID) -> Grant | None:
    """One grant, held until the commit."""
    row = await tx.fetchrow(QUERIES["lock_grant"], grant_id)
    return None if row is None else sql.struct(Grant, row)


async def save(tx: Connection, grant: Grant) -> None:
    """A new one."""
    await tx.execute(QUERIES["save_grant"], *astuple(grant))


async def revoke(tx: Connection, grant_id: UUID, *, now: datetime, revision: int) -> None:
    """In force no longer, from this instant."""
    await tx.execute(QUERIES["revoke_grant"], grant_id, now, revision)


async def take_over(tx: Connection, grant_id: UUID, *, responsible: str, revision: int) -> None:
    """Another manager answers for it."""
    await tx.execute(QUERIES["take_over_grant"], grant_id, responsible, revision)


async def note_use(tx: Connection, grant_ids: Iterable[UUID], day: date) -> None:
    """Their holder acted on this day; written once a day, without a lock on the grant."""
    await tx.execute(QUERIES["note_use"], list(grant_ids), day)


async def last_use(tx: Connection, grant_ids: Iterable[UUID]) -> dict[UUID, date]:
    """The last day on which each was used; those never used are not there."""
    return {row["grant_id"]: row["day"] for row in await tx.fetch(QUERIES["last_use"], list(grant_ids))}


async def of_organisation(tx: Connection, organisation: str) -> list[Grant]:
    """Every grant it ever gave."""
    return sql.structs(Grant, await tx.fetch(QUERIES["grants_of_organisation"], organisation))


async def as_of(tx: Connection, organisation: str, principal: str | None, moment: datetime) -> list[Grant]:
    """Those in force at an instant, of one person or of all."""
    return sql.structs(Grant, await tx.fetch(QUERIES["grants_as_of"], organisation, principal, moment))


async def agreements_of(tx: Connection, organisation: str) -> list[Agreement]:
    """Every agreement that it is or was a party to."""
    return sql.structs(Agreement, await tx.fetch(QUERIES["agreements_of"], organisation))


async def lock_agreement(tx: Connection, agreement_id: UUID) -> Agreement | None:
    """One agreement, held until the commit."""
    row = await tx.fetchrow(QUERIES["lock_agreement"], agreement_id)
    return None if row is None else sql.struct(Agreement, row)


async def end_agreement(tx: Connection, agreement_id: UUID, *, now: datetime) -> None:
    """In force no longer, from this instant."""
    await tx.execute(QUERIES["end_agreement"], agreement_id, now)


async def find(tx: Connection, grant_id: UUID) -> Grant | None:
    """One grant as it stands."""
    row = await tx.fetchrow(QUERIES["find_grant"], grant_id)
    return None if row is None else sql.struct(Grant, row)
