"""The audit entry of each act, in the transaction of the act itself."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.consent.domain.request import AskedRow, Request
from shared import outbox
from shared.auth import Caller, Kind
from shared.contracts.entry import Entry, Person
from shared.database import Connection
from shared.ids import new_id


async def record(
    tx: Connection,
    caller: Caller | str,
    action: str,
    *,
    organisation: str,
    now: datetime,
    subject: UUID | None = None,
    request: Request | None = None,
    rows: Iterable[AskedRow] = (),
    answer: str = "done",
    reasons: tuple[str, ...] = (),
    object_id: UUID | None = None,
) -> None:
    """One entry. `organisation` is whose log: a family's acts stand in the discloser's (DESIGN 8). A name stands for a timer.

    Who it was about is `subject` alone, which audit keeps under a key that an erasure destroys: an organisation's reference to a child is
    no `object_id`, for that stands in the leaf for ever (decision 0066).
    """
    rows = tuple(rows)
    purposes = {one.key.purpose for one in rows}
    entry = Entry(
        entry_id=new_id(now),
        organisation=organisation,
        at=now,
        action=action,
        person=_actor(caller, subject),
        actor_organisation=_foreign(caller, organisation),
        unit=request.discloser_unit if request is not None else None,
        answer=answer,
        reasons=reasons,
        purpose=purposes.pop() if len(purposes) == 1 else None,
        categories=tuple(sorted({one.key.category for one in rows})),
        model=request.model if request is not None else None,
        case_id=request.case_id if request is not None else None,
        object_id=object_id,
    )
    await outbox.add(tx, entry, now=now)


def _actor(caller: Caller | str, subject: UUID | None) -> Person:
    if isinstance(caller, str):
        return Person(actor_kind="timer", actor=caller, subject=subject)
    kind = "person" if caller.kind is Kind.PERSON else "system"
    return Person(actor_kind=kind, actor=caller.principal, subject=subject)


def _foreign(caller: Caller | str, organisation: str) -> str | None:
    if isinstance(caller, str) or caller.organisation == organisation:
        return None
    return caller.organisation
