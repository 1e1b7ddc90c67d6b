"""What waits for somebody at the units that a professional has a grant for."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.storage import notices, organisations, people
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from shared.auth import Caller, Kind
from shared.database import Connection
from shared.errors import Invalid, Refused


class TaskListed(msgspec.Struct, frozen=True, kw_only=True):
    """One task. Who has not answered, and why a human is needed, is not said here."""

    task_id: UUID
    kind: str
    """`ask-human`, `not-reached`, `wants-to-talk`, `conflict`, `came-of-age`."""
    opened_at: datetime
    answer_by: datetime
    unit: str
    request_id: UUID
    case_id: UUID
    child_ref: UUID


class TaskList(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first."""

    tasks: tuple[TaskListed, ...]


async def list_tasks(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> TaskList | Refused | Invalid:
    """The open tasks of the caller's own organisation, for the units of its grants. One entry."""
    refusal = await check_grant(tx, caller, "tasks.listed", operator=means.operator, now=now)
    organisation = caller.organisation
    if refusal is not None or organisation is None:
        return refusal or Invalid("request-invalid")
    units = None
    if caller.kind is Kind.PERSON:
        units = await organisations.granted_units(tx, caller.principal, organisation, now=now)
    listed = [
        TaskListed(
            task_id=one.task_id,
            kind=one.kind,
            opened_at=one.opened_at,
            answer_by=one.answer_by,
            unit=one.unit,
            request_id=one.request_id,
            case_id=one.case_id,
            child_ref=await people.reference(tx, organisation, one.child_id, now=now),
        )
        for one in await notices.tasks(tx, organisation, units, reader=f"{organisation} {caller.principal}")
    ]
    await record(tx, caller, "tasks.listed", organisation=organisation, now=now)
    return TaskList(tasks=tuple(listed))
