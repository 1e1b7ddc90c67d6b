"""What the operator's status page says of the logs beside the health of the process: signed, witnessed, counted anew, reviewed."""

from datetime import datetime

import msgspec

from services.audit.domain.log import year_of
from services.audit.storage import checkpoints, logs, operation
from services.audit.storage.operation import Rounds
from services.audit.usecases.watch_quorum import Witnessed, Witnessing, read_witnessing
from shared.database import Connection


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """All logs together."""

    signed_at: datetime | None
    """The newest checkpoint of the operator's own log, in which every look here leaves an entry."""
    unsigned: int
    """Logs with entries that no checkpoint holds yet."""
    witnessing: Witnessing
    rounds: Rounds
    late_reviews: int


async def read_operation(tx: Connection, operator: str, witnessed: Witnessed, *, now: datetime) -> Operation:
    """The caller may run the service: `allow_operator` has said so in this transaction, with the entry."""
    log = await logs.find(tx, operator, year_of(now))
    signed = None if log is None else await checkpoints.last(tx, log.log_id)
    return Operation(
        signed_at=signed.signed_at if signed else None,
        unsigned=len(await logs.unsigned(tx)),
        witnessing=await read_witnessing(tx, witnessed.policy, witnessed.stop, now=now),
        rounds=await operation.rounds(tx),
        late_reviews=await operation.late_reviews(tx, now),
    )
