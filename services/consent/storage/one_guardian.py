"""That one guardian decides alone in a question: attested by one, confirmed by another, ended by its day or by anybody of the unit."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.one_guardian import WhyOne
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "one_guardian.sql")


class GuardianException(msgspec.Struct, frozen=True, kw_only=True):
    """For one child and one question: this unit, this purpose, this category."""

    exception_id: UUID
    child_id: UUID
    guardian_id: UUID
    organisation: str
    discloser_unit: str
    purpose: str
    category: str
    reason: WhyOne
    document: str
    last_day: date
    attested_by: str
    attested_at: datetime
    confirmed_by: str | None = None
    ended_by: str | None = None


async def add(tx: Connection, attested: GuardianException) -> None:
    """Keep what the first person says; it changes nothing yet."""
    await tx.execute(QUERIES["add_exception"], *msgspec.structs.astuple(attested)[:-2])


async def get(tx: Connection, exception_id: UUID) -> GuardianException | None:
    """One exception; who may see it is the use case's to judge."""
    row = await tx.fetchrow(QUERIES["get_exception"], exception_id)
    return None if row is None else sql.struct(GuardianException, row)


async def confirm(tx: Connection, exception_id: UUID, by: str, *, now: datetime) -> None:
    """The second person; the database refuses the same one."""
    await tx.execute(QUERIES["confirm_exception"], exception_id, by, now)


async def end(tx: Connection, exception_id: UUID, by: str, *, now: datetime) -> None:
    """Before its day."""
    await tx.execute(QUERIES["end_exception"], exception_id, by, now)


async def running(tx: Connection, organisation: str, units: Sequence[str] | None, today: date) -> list[GuardianException]:
    """What waits for a second person or is in force, oldest first; None is every unit."""
    return sql.structs(GuardianException, await tx.fetch(QUERIES["list_exceptions"], organisation, units, today))


async def rounds(tx: Connection, found: GuardianException, today: date) -> list[UUID]:
    """The questions about this child that an exception touches and whose period is not over."""
    values = (found.child_id, found.discloser_unit, found.purpose, found.category, today)
    return [row["request_id"] for row in await tx.fetch(QUERIES["rounds_of_question"], *values)]
