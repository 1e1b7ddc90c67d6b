"""The one way in for how a person is to be handled: the barrier's question and the event (DESIGN 5, I8)."""

from datetime import datetime
from uuid import UUID

from services.sharing.storage import handling
from services.sharing.storage.handling import Handling
from shared.contracts.consent import HandlingChanged
from shared.contracts.sharing import HandlingTaken, TakeHandling
from shared.database import Connection


async def take_handling(tx: Connection, question: TakeHandling, *, now: datetime) -> HandlingTaken:
    """True from this commit on. A release that holds the copy is committed before; every later one is decided with this."""
    await _apply(tx, question.subject_id, Handling(restricted=question.restricted, revision=question.revision, handlers=question.handlers))
    return HandlingTaken(subject_id=question.subject_id, revision=question.revision, taken_at=now)


async def hear_handling_changed(tx: Connection, event: HandlingChanged, *, now: datetime) -> None:  # noqa: ARG001  the form of an event's use case
    """The same by way of the stream."""
    await _apply(tx, event.subject_id, Handling(restricted=event.restricted, revision=event.revision, handlers=event.handlers))


async def _apply(tx: Connection, subject_id: UUID, told: Handling) -> None:
    """A greater revision replaces what was known. Of two equal ones, as after a restore of consent, the restricting counts."""
    own = await handling.lock(tx, subject_id)
    if told.revision > own.revision or (told.revision == own.revision and told.restricted):
        await handling.save(tx, subject_id, told)
