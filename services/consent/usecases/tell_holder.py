"""Tell an organisation's systems that something has changed: ids and a state, in the transaction of the change itself."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.consent.storage import holders
from shared import outbox
from shared.contracts.consent import ConsentChanged, GoverningRow, RequestAnswered
from shared.database import Connection


async def tell_holder(tx: Connection, rows: Sequence[GoverningRow], *, now: datetime) -> None:
    """One notice for each consent whose rows have changed; to organisations without a system there is nobody to tell."""
    revisions: dict[UUID, int] = {}
    for row in rows:
        revisions[row.consent_id] = max(row.revision, revisions.get(row.consent_id, 0))
    for one in await holders.holders_of(tx, revisions):
        notice = ConsentChanged(
            consent_id=one.consent_id,
            request_id=one.request_id,
            case_id=one.case_id,
            child_ref=one.child_ref,
            state="given" if one.all_hold else "partly" if one.some_hold else "stopped",
            revision=revisions[one.consent_id],
        )
        await outbox.notify(tx, one.organisation, notice, now=now)


async def tell_asker(tx: Connection, request_id: UUID, *, now: datetime) -> None:
    """Somebody has answered a question. Not who, and not what."""
    asker = await holders.asker_of(tx, request_id, now=now)
    if asker is not None:
        notice = RequestAnswered(request_id=request_id, case_id=asker.case_id, child_ref=asker.child_ref, complete=asker.complete)
        await outbox.notify(tx, asker.organisation, notice, now=now)
