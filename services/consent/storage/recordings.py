"""Answers on paper and by word of mouth, as recorded, and who verified them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Choice
from services.consent.domain.recording import Helper, HowHeard, Interpreter, RecordedWay, WhyOral
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "recordings.sql")


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has recorded of somebody else's answer."""

    recording_id: UUID
    request_id: UUID
    person_id: UUID
    way: RecordedWay
    served_id: UUID
    document_sha256: bytes | None
    witness: str | None
    reason: WhyOral | None
    together_with: UUID | None
    answered_at: datetime
    recorded_by: str
    recorded_at: datetime
    interpreted_by: Interpreter | None = None
    interpreted_to: str | None = None
    helper: Helper | None = None
    heard_how: HowHeard | None = None
    heard_by: str | None = None
    verified_by: str | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A recording that nobody has verified."""

    recording_id: UUID
    request_id: UUID
    case_id: UUID
    unit: str
    child_id: UUID
    way: RecordedWay
    document_sha256: bytes | None
    answered_at: datetime
    recorded_at: datetime
    interpreted_by: Interpreter | None
    interpreted_to: str | None
    helper: Helper | None
    heard_how: HowHeard | None


async def add(tx: Connection, recording: Recording, choices: dict[int, Choice]) -> None:
    """Keep a recording with its rows."""
    await tx.execute(QUERIES["add_recording"], *msgspec.structs.astuple(recording)[:-1])
    await tx.executemany(QUERIES["add_recorded_row"], [(recording.recording_id, row, choice) for row, choice in choices.items()])


async def get(tx: Connection, recording_id: UUID) -> Recording | None:
    """One recording; who may see it is the use case's to judge."""
    row = await tx.fetchrow(QUERIES["get_recording"], recording_id)
    return None if row is None else sql.struct(Recording, row)


async def lock(tx: Connection, recording_id: UUID) -> Recording | None:
    """The same as it is now, and nobody else verifies it meanwhile."""
    row = await tx.fetchrow(QUERIES["lock_recording"], recording_id)
    return None if row is None else sql.struct(Recording, row)


async def choices(tx: Connection, recording_id: UUID) -> dict[int, Choice]:
    """What was said of each row."""
    return {row["row_number"]: Choice(row["choice"]) for row in await tx.fetch(QUERIES["list_recorded_rows"], recording_id)}


async def verify(tx: Connection, recording_id: UUID, verified_by: str, *, now: datetime) -> None:
    """Another person has compared it with the paper, or with what the witness heard."""
    await tx.execute(QUERIES["verify_recording"], recording_id, verified_by, now)


async def waiting(tx: Connection, organisation: str, units: Sequence[str] | None) -> list[Waiting]:
    """An organisation's recordings that wait for a second person, oldest first; None is every unit."""
    return sql.structs(Waiting, await tx.fetch(QUERIES["waiting_recordings"], organisation, units))
