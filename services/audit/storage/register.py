"""Own copies of sharing's organisations and grants; a greater revision replaces."""

from collections.abc import Sequence
from datetime import datetime

from services.audit.domain.log import Grant
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "register.sql")


async def save_organisation(tx: Connection, organisation: str, display_name: str, revision: int, systems: Sequence[str] = ()) -> None:
    """Remember an organisation and its systems as they are now, unless something newer is known."""
    if await tx.fetchval(QUERIES["save_organisation"], organisation, display_name, revision):
        await tx.execute(QUERIES["forget_systems"], organisation)
        await tx.execute(QUERIES["save_systems"], list(dict.fromkeys(systems)), organisation)


async def organisation_of(tx: Connection, principal: str) -> str | None:
    """The organisation of a connected system."""
    value: str | None = await tx.fetchval(QUERIES["organisation_of"], principal)
    return value


async def is_known(tx: Connection, organisation: str) -> bool:
    """Whether the register has named this organisation; only then may a log be opened for it."""
    return bool(await tx.fetchval(QUERIES["organisation_known"], organisation))


async def save_grant(tx: Connection, grant: Grant) -> None:
    """Remember a grant as it is now, unless something newer is known."""
    await tx.execute(
        QUERIES["save_grant"],
        grant.grant_id,
        grant.organisation,
        grant.unit,
        grant.principal,
        grant.role,
        grant.valid_from,
        grant.valid_until,
        grant.revoked_at,
        grant.revision,
    )


async def grants(tx: Connection, principal: str, organisation: str) -> list[Grant]:
    """What this person may do for this organisation."""
    return sql.structs(Grant, await tx.fetch(QUERIES["grants_of"], principal, organisation))


async def organisations_of_officer(tx: Connection, principal: str, now: datetime) -> list[str]:
    """Those that this person is data-protection officer of."""
    return [row["organisation"] for row in await tx.fetch(QUERIES["organisations_of_officer"], principal, now)]
