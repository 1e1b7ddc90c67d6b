"""Put a notice into the inbox of everybody whom a row concerns. What one of them said is never in another's."""

from datetime import datetime
from uuid import UUID

from services.consent.storage import contacts, notices
from services.consent.usecases.hold_consent import Held
from services.consent.usecases.weigh_row import Weighed
from shared.database import Connection
from shared.ids import new_id
from shared.law.disposers import AskHuman


async def notify_family(tx: Connection, held: Held, consent_id: UUID, kind: str, *, now: datetime) -> None:
    """One notice for each who is asked or heard on any of the rows, about an act of the holder."""
    people = {person_id for one in held.rows for person_id in concerned(one.facts)}
    for person_id in sorted(people):
        await notify_person(tx, person_id, kind, held.request.request_id, consent_id, now=now)


def concerned(facts: Weighed) -> list[UUID]:
    """Who is asked or heard on a row today. Nobody where a human must be asked, so never about protected identity (I8)."""
    who = facts.record.who
    return [] if isinstance(who, AskHuman) else [one.person_id for one in (*who.needed, *who.heard)]


async def notify_person(
    tx: Connection, person_id: UUID, kind: str, request_id: UUID, consent_id: UUID | None, *, now: datetime, step: str | None = None
) -> bool:
    """One notice. The same step again is no notice; without a step each act is its own. False when it was there."""
    notice = notices.Notice(
        notice_id=new_id(now),
        person_id=person_id,
        kind=kind,
        request_id=request_id,
        consent_id=consent_id,
        step=step or now.isoformat(),
        noted_at=now,
    )
    is_new = await notices.add(tx, notice)
    if is_new:
        await contacts.add_push(tx, new_id(now), notice.notice_id, person_id, now=now)
    return is_new
