"""What has been told about a child, as sharing says it, and whether its family may read of it."""

from datetime import datetime
from uuid import UUID

from services.consent.domain.disclosure import Disclosure
from shared import sql
from shared.contracts.sharing import Disclosed, TellHeld
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "disclosures.sql")
NEWEST = 200
"""How many one child's list holds."""


async def add(tx: Connection, told: Disclosed, *, now: datetime) -> None:
    """Keep what was told; the same id again changes nothing."""
    await tx.execute(
        QUERIES["add_disclosure"],
        told.disclosure_id,
        told.case_id,
        told.subject_id,
        told.organisation,
        told.discloser_unit,
        told.recipient_unit,
        told.purpose,
        list(told.categories),
        list(told.basis),
        list(told.tell),
        told.disclosed_at,
        told.consent_id,
        told.held,
        told.review_on,
        now,
    )


async def add_hold(tx: Connection, word: TellHeld) -> None:
    """Keep a human's word on whether the family is told; it may come before what it is about."""
    await tx.execute(QUERIES["add_hold"], word.disclosure_id, word.revision, word.organisation, word.held, word.review_on, word.decided_at)


async def of_subject(tx: Connection, subject_id: UUID) -> list[Disclosure]:
    """Newest first, each with the last word on whether it is held back."""
    return sql.structs(Disclosure, await tx.fetch(QUERIES["list_disclosures"], subject_id, NEWEST))
