"""Consent has erased a person: empty what our cases say of them, and answer (I7)."""

from datetime import datetime

from services.sharing.storage import erasure, register
from shared import outbox
from shared.contracts.consent import Erased, PersonErased
from shared.contracts.entry import Entry, Person
from shared.contracts.sharing import ErasurePreview, WouldErase
from shared.database import Connection
from shared.ids import new_id

TIMER = "erase"


async def erase_subject(tx: Connection, event: PersonErased, *, now: datetime) -> None:
    """Once for each person; a repetition is answered again and changes nothing.

    Decisions, permits, releases and receipts stay, with the rule, the units and the staff: they prove what was done, about a subject
    that no house can name any more.
    """
    destroyed = await erasure.destroyed(tx, event.subject_id)
    if destroyed is None:
        destroyed = await erasure.count(tx, event.subject_id)
        await erasure.empty(tx, event.subject_id, event.principals, now=now)
        await erasure.keep(tx, event.subject_id, event.erasure_id, destroyed, now=now)
        await _record(tx, event, now=now)
    answer = Erased(erasure_id=event.erasure_id, subject_id=event.subject_id, house="sharing", destroyed=destroyed, at=now)
    await outbox.add(tx, answer, now=now)


async def would_erase(tx: Connection, question: WouldErase) -> ErasurePreview:
    """The dry run."""
    return ErasurePreview(kinds=await erasure.count(tx, question.subject_id))


async def _record(tx: Connection, event: PersonErased, *, now: datetime) -> None:
    """In the operator's log and without the subject: audit would make a new key for whom it is about to forget."""
    entry = Entry(
        entry_id=new_id(now),
        organisation=await register.operator(tx) or "operator",
        at=now,
        action="subject.erased",
        person=Person(actor_kind="timer", actor=TIMER),
        answer="done",
        object_id=event.erasure_id,
    )
    await outbox.add(tx, entry, now=now)
