"""What is laid on persons, and who is named to handle those with protected identity."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.holds import Hold
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "holds.sql")


class Handler(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody named by one, and by another once `confirmed_by` is there."""

    named_by: str
    confirmed_by: str | None


async def add(tx: Connection, hold: Hold) -> None:
    """In force from now; nothing where the register's own of this kind and reason is."""
    await tx.execute(QUERIES["add_hold"], hold.hold_id, hold.person_id, hold.kind, hold.reason, hold.organisation, hold.set_by, hold.set_at)


async def lock(tx: Connection, hold_id: UUID) -> Hold | None:
    """One, its lock held."""
    row = await tx.fetchrow(QUERIES["lock_hold"], hold_id)
    return None if row is None else sql.struct(Hold, row)


async def propose_lift(tx: Connection, hold_id: UUID, by: str, *, now: datetime) -> None:
    """The first one's word that it is over."""
    await tx.execute(QUERIES["propose_lift"], hold_id, by, now)


async def lift(tx: Connection, hold_id: UUID, by: str, *, now: datetime) -> None:
    """The second one's."""
    await tx.execute(QUERIES["lift_hold"], hold_id, by, now)


async def is_restricted(tx: Connection, person_id: UUID) -> bool:
    """Whether processing is restricted now."""
    return await tx.fetchval(QUERIES["is_restricted"], person_id) is True


async def may_see(tx: Connection, person_id: UUID, organisation: str, principal: str) -> bool:
    """Whether this caller may know of the person: everybody with a grant, but of protected identity only who is named."""
    return await tx.fetchval(QUERIES["may_see"], person_id, organisation, principal) is True


async def handler(tx: Connection, person_id: UUID, organisation: str, principal: str) -> Handler | None:
    """Whether somebody is named, its lock held."""
    row = await tx.fetchrow(QUERIES["lock_handler"], person_id, organisation, principal)
    return None if row is None else sql.struct(Handler, row)


async def name(tx: Connection, person_id: UUID, organisation: str, principal: str, by: str, *, now: datetime) -> None:
    """The first one's word."""
    await tx.execute(QUERIES["name_handler"], person_id, organisation, principal, by, now)


async def confirm(tx: Connection, person_id: UUID, organisation: str, principal: str, by: str, *, now: datetime) -> None:
    """The second one's."""
    await tx.execute(QUERIES["confirm_handler"], person_id, organisation, principal, by, now)


async def remove(tx: Connection, person_id: UUID, organisation: str, principal: str) -> None:
    """Named no longer, at once."""
    await tx.execute(QUERIES["remove_handler"], person_id, organisation, principal)
