"""What units ask of each other: rows to structs and back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.sharing.domain.matters import Matter, MatterAnswer
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "matters.sql")


async def save(tx: Connection, matter: Matter, *, by: str) -> None:
    """A new one."""
    await tx.execute(
        QUERIES["save_matter"],
        matter.matter_id,
        matter.kind,
        matter.case_id,
        matter.from_organisation,
        matter.from_unit,
        matter.to_organisation,
        matter.to_unit,
        list(matter.categories),
        by,
        matter.sent_at,
        matter.answer_by,
    )


async def lock(tx: Connection, matter_id: UUID) -> Matter | None:
    """One, whosever it is, held until the commit."""
    row = await tx.fetchrow(QUERIES["lock_matter"], matter_id)
    return None if row is None else sql.struct(Matter, row)


async def receive(tx: Connection, matter_id: UUID, *, now: datetime) -> None:
    """It has arrived; the first word stands."""
    await tx.execute(QUERIES["receive_matter"], matter_id, now)


async def answer(tx: Connection, matter_id: UUID, said: MatterAnswer, *, by: str, now: datetime) -> None:
    """It is answered; the first word stands."""
    await tx.execute(QUERIES["answer_matter"], matter_id, said, by, now)


async def times_returned(tx: Connection, case_id: UUID, one: str, other: str) -> int:
    """How often matters between two units of a case were sent back."""
    times: int = await tx.fetchval(QUERIES["times_returned"], case_id, one, other)
    return times


async def of_case(tx: Connection, case_id: UUID, units: Sequence[str]) -> list[Matter]:
    """What these units have asked and been asked in a case, oldest first."""
    return sql.structs(Matter, await tx.fetch(QUERIES["matters_of_case"], case_id, list(units)))


async def of_units(tx: Connection, units: list[str], *, before: UUID, limit: int, reader: str) -> list[Matter]:
    """What these units have sent or got, newest first. Nothing of whom the reader may not know."""
    return sql.structs(Matter, await tx.fetch(QUERIES["matters_of_units"], units, before, limit, reader))
