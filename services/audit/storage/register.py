"""Own copies of sharing's organisations and grants; a greater revision replaces."""

from services.audit.domain.log import Grant
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.audit.storage", "register.sql")


async def save_organisation(tx: Connection, organisation: str, display_name: str, revision: int) -> None:
    """Remember an organisation as it is now, unless something newer is known."""
    await tx.execute(QUERIES["save_organisation"], organisation, display_name, revision)


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
