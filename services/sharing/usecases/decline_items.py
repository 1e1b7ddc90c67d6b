"""Decide not to tell: a first-class act, recorded like a yes."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from services.sharing.domain.outcomes import Hidden
from services.sharing.domain.tables import Tables
from services.sharing.domain.views import DeclinedView
from services.sharing.storage import cases
from services.sharing.usecases.find_case import find_decision
from services.sharing.usecases.record import record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Fault, Invalid


class DeclineReason(StrEnum):
    """Why not. A longer reason is written at the desk."""

    NOT_NEEDED = "not-needed"
    OTHER_WAY = "other-way"
    FAMILY_WISH = "family-wish"
    HARM_FEARED = "harm-feared"
    OTHER = "other"


class DeclineItems(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which items of a decision are not told, and why."""

    decision_id: UUID
    item_ids: tuple[UUID, ...]
    reason: DeclineReason


async def decline_items(tx: Connection, caller: Caller, request: DeclineItems, *, tables: Tables, now: datetime) -> DeclinedView | Hidden:
    """The items may get no permit any more; a new decision may still be made. One entry for each that was not declined before."""
    found = await find_decision(tx, caller, request.decision_id, tables=tables, now=now)
    if isinstance(found, Hidden):
        return found
    opened, decision, items = found
    known = {item.item_id: item for item in items}
    faults = [Fault(f"#/item_ids/{place}", "is not of this decision") for place, i in enumerate(request.item_ids) if i not in known]
    if faults or not request.item_ids:
        raise Invalid("request-invalid", faults=faults or [Fault("#/item_ids", "at least one")])
    for item in (known[item_id] for item_id in dict.fromkeys(request.item_ids)):
        if item.declined_at is None:
            await cases.decline(tx, item.item_id, by=caller.principal, reason=request.reason, now=now)
            await record(
                tx,
                caller,
                "disclosure.declined",
                now=now,
                subject=opened.case.subject_id,
                unit=item.discloser_unit,
                answer="no",
                reasons=(request.reason,),
                purpose=item.purpose,
                categories=(item.category,),
                model=opened.case.model,
                case_id=decision.case_id,
                object_id=item.item_id,
            )
    return DeclinedView(decision_id=decision.decision_id, item_ids=request.item_ids, declined_at=now)
