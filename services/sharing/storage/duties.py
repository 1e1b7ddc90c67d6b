"""What must be done by a day: rows to structs and back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.sharing.domain.duties import Duty, DutyKind
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.sharing.storage", "duties.sql")


async def save(tx: Connection, duty: Duty) -> None:
    """A new one; where this organisation has the same about the same, that stands."""
    await tx.execute(
        QUERIES["save_duty"],
        duty.duty_id,
        duty.kind,
        duty.organisation,
        duty.unit,
        duty.role,
        duty.case_id,
        duty.object_id,
        duty.route,
        duty.made_at,
        duty.due_at,
    )


async def lock(tx: Connection, duty_id: UUID) -> Duty | None:
    """One, whosever it is, held until the commit."""
    row = await tx.fetchrow(QUERIES["lock_duty"], duty_id)
    return None if row is None else sql.struct(Duty, row)


async def end(tx: Connection, duty_id: UUID, *, by: str, now: datetime) -> None:
    """A person says that it is done."""
    await tx.execute(QUERIES["end_duty"], duty_id, now, by)


async def end_about(tx: Connection, kind: DutyKind, object_id: UUID, *, by: str, now: datetime, proof: UUID | None = None) -> None:
    """The act itself was done; `proof` is the signed receipt of it."""
    await tx.execute(QUERIES["end_duties_about"], kind, object_id, now, by, proof)


async def due(tx: Connection, *, now: datetime, limit: int) -> list[Duty]:
    """Past their day, and nobody was told yet; locked."""
    return sql.structs(Duty, await tx.fetch(QUERIES["due_duties"], now, limit))


async def mark_raised(tx: Connection, duty_id: UUID, *, now: datetime) -> None:
    """Its role was told."""
    await tx.execute(QUERIES["raise_duty"], duty_id, now)


async def long_overdue(tx: Connection, *, before: datetime, limit: int) -> list[Duty]:
    """Those with a route whose day lies before this; locked."""
    return sql.structs(Duty, await tx.fetch(QUERIES["long_overdue"], before, limit))


async def mark_stopped(tx: Connection, duty_id: UUID, *, now: datetime) -> None:
    """Its route was stopped."""
    await tx.execute(QUERIES["stop_duty"], duty_id, now)


async def of_units(tx: Connection, units: list[str], *, limit: int, reader: str) -> list[Duty]:
    """What these units have to do, the most urgent first. Nothing of whom the reader may not know."""
    return sql.structs(Duty, await tx.fetch(QUERIES["duties_of_units"], units, limit, reader))


async def past_use_by(tx: Connection, *, now: datetime, limit: int) -> list[Any]:
    """Deliveries (delivery_id, case_id, organisation, discloser_unit, subject_id, released) that still hold a cipher; locked."""
    return list(await tx.fetch(QUERIES["past_use_by"], now, limit))


async def drop_cipher(tx: Connection, delivery_id: UUID) -> None:
    """Nobody can fetch it any more."""
    await tx.execute(QUERIES["drop_cipher"], delivery_id)
