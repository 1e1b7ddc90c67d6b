"""What became of erasures that an organisation's logs knew the person of: the officer's view, with nobody's name in it (28)."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.storage import erasure, logs
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from shared.auth import Caller
from shared.database import Connection

MOST = 100


class ErasureSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One erasure. The proof that it is in the log: `GET /v1/proofs/{entry_id}`."""

    erasure_id: UUID
    entry_id: UUID
    index: int
    log: str
    done_at: datetime
    keys_destroyed: int
    """In all logs together: the person's as a child and as somebody who acted."""
    messages_destroyed: int
    streams_emptied_at: datetime | None
    """None: within minutes. Until then messages that name the person may lie on the bus."""


async def list_erasures(tx: Connection, keeper: Keeper, caller: Caller, organisation: str, *, now: datetime) -> list[ErasureSeen] | None:
    """The newest first; None for whoever is not this organisation's officer. The reading is in the log when this is committed."""
    known = await logs.of_organisation(tx, organisation)
    if not known or not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation if known else None, now=now)
        return None
    found = await erasure.recorded(tx, [log.log_id for log in known], MOST)
    await record_reading(tx, keeper, caller, organisation, "erasures.listed", count=len(found), now=now)
    return [
        ErasureSeen(
            erasure_id=one.erasure_id,
            entry_id=one.entry_id,
            index=one.entry_index,
            log=one.origin,
            done_at=one.done_at,
            keys_destroyed=one.actors + one.subjects,
            messages_destroyed=one.messages,
            streams_emptied_at=one.purged_at,
        )
        for one in found
    ]
