"""Proposals, and the history of the register: rows to structs and back."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import astuple

from services.sharing.domain.register import Proposal, RegisterChange
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "access.sql")
MOST_REMINDED = 50
"""Organisations in one turn of the loop."""


async def save_change(tx: Connection, change: RegisterChange) -> None:
    """Before and after, for good."""
    await tx.execute(QUERIES["save_change"], *astuple(change))


async def changes_of(tx: Connection, organisation: str, thing: str | None = None, *, limit: int = 200) -> list[RegisterChange]:
    """Newest first, of one thing or of everything in the organisation."""
    return sql.structs(RegisterChange, await tx.fetch(QUERIES["changes_of"], organisation, thing, limit))


async def save_proposal(tx: Connection, proposal: Proposal) -> None:
    """A new one."""
    await tx.execute(QUERIES["save_proposal"], *astuple(proposal))


async def lock_proposal(tx: Connection, proposal_id: UUID) -> Proposal | None:
    """One proposal, held until the commit."""
    row = await tx.fetchrow(QUERIES["lock_proposal"], proposal_id)
    return None if row is None else sql.struct(Proposal, row)


async def open_proposals(tx: Connection, organisation: str) -> list[Proposal]:
    """Those that wait, oldest first."""
    return sql.structs(Proposal, await tx.fetch(QUERIES["open_proposals"], organisation))


async def decide_proposal(tx: Connection, proposal_id: UUID, *, by: str, grant_id: UUID | None, now: datetime) -> None:
    """Approved where there is a grant, else turned down."""
    await tx.execute(QUERIES["decide_proposal"], proposal_id, by, now, grant_id)


async def has_delivered(tx: Connection, organisation: str) -> bool:
    """Whether anything was ever posted by it or to it."""
    return bool(await tx.fetchval(QUERIES["has_delivered"], organisation))


async def save_review(tx: Connection, organisation: str, *, now: datetime, by: str, findings: int) -> None:
    """Somebody has looked."""
    await tx.execute(QUERIES["save_review"], organisation, now, by, findings)


async def reviewed_at(tx: Connection, organisation: str) -> datetime:
    """When somebody last looked, or when the organisation came in."""
    seen: datetime = await tx.fetchval(QUERIES["reviewed_at"], organisation)
    return seen


async def unreviewed(tx: Connection, *, now: datetime, before: datetime, told_before: datetime) -> list[tuple[str, datetime]]:
    """Organisations where somebody may do something and nobody has looked since `before`, and since when; not told again so soon."""
    rows = await tx.fetch(QUERIES["unreviewed"], now, before, told_before, MOST_REMINDED)
    return [(row["organisation"], row["since"]) for row in rows]


async def mark_review_alarmed(tx: Connection, organisation: str, *, now: datetime, told_before: datetime) -> bool:
    """Whether nobody else has told it in the meantime."""
    return await tx.fetchval(QUERIES["mark_review_alarmed"], organisation, now, told_before) is not None
