"""The one audit entry of an act, put into the outbox of the transaction that did it (I4)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.storage import register
from shared import outbox
from shared.auth import Caller, Kind
from shared.contracts.entry import Entry, Person
from shared.database import Connection
from shared.ids import new_id


async def record(
    tx: Connection,
    caller: Caller,
    action: str,
    *,
    now: datetime,
    organisation: str | None = None,
    subject: UUID | None = None,
    unit: str | None = None,
    answer: str = "done",
    reasons: Iterable[str] = (),
    purpose: str | None = None,
    legal_basis: Iterable[str] = (),
    categories: Iterable[str] = (),
    model: str | None = None,
    rules: str | None = None,
    case_id: UUID | None = None,
    object_id: UUID | None = None,
) -> UUID:
    """Put the entry into the log of `organisation`, else of the caller's own, else of the operator; returns its id."""
    log = organisation or caller.organisation or await register.operator(tx) or "operator"
    entry = Entry(
        entry_id=new_id(now),
        organisation=log,
        at=now,
        action=action,
        person=Person(actor_kind="person" if caller.kind is Kind.PERSON else "system", actor=caller.principal, subject=subject),
        actor_organisation=caller.organisation if caller.organisation != log else None,
        unit=unit,
        answer=answer,
        reasons=tuple(reasons),
        purpose=purpose,
        legal_basis=tuple(legal_basis),
        categories=tuple(categories),
        model=model,
        rules=rules,
        case_id=case_id,
        object_id=object_id,
    )
    return await outbox.add(tx, entry, now=now)


async def record_timer(
    tx: Connection,
    loop: str,
    action: str,
    *,
    now: datetime,
    organisation: str,
    subject: UUID | None,
    unit: str | None,
    reasons: Iterable[str],
    case_id: UUID | None,
    object_id: UUID | None = None,
) -> UUID:
    """The entry of something that nobody did just now: it lies in the log of whose case it is."""
    entry = Entry(
        entry_id=new_id(now),
        organisation=organisation,
        at=now,
        action=action,
        person=Person(actor_kind="timer", actor=loop, subject=subject),
        unit=unit,
        answer="done",
        reasons=tuple(reasons),
        case_id=case_id,
        object_id=object_id,
    )
    return await outbox.add(tx, entry, now=now)


async def hide(
    tx: Connection, caller: Caller, *, owner: str | None, now: datetime, object_id: UUID | None = None, case_id: UUID | None = None
) -> Hidden:
    """Record a try on what is another's (in the owner's log, with the case) or on nothing at all (in the actor's own)."""
    await record(tx, caller, "access.refused", now=now, organisation=owner, answer="refused", object_id=object_id, case_id=case_id)
    return Hidden()


async def deny(
    tx: Connection,
    caller: Caller,
    action: str,
    code: str,
    *,
    now: datetime,
    reasons: Iterable[str] = (),
    case_id: UUID | None = None,
    object_id: UUID | None = None,
    unit: str | None = None,
    subject: UUID | None = None,
) -> Denied:
    """Record that an act was refused, and why."""
    why = tuple(reasons) or (code,)
    await record(
        tx,
        caller,
        action,
        now=now,
        answer="refused",
        reasons=why,
        case_id=case_id,
        object_id=object_id,
        unit=unit,
        subject=subject,
    )
    return Denied(code=code, reasons=why)
