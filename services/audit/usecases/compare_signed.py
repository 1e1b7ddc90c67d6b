"""At start: is the database as new as what was signed? One put back from a backup is stopped before it takes anything (rule 45)."""

from datetime import datetime

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import LogBrokenError
from services.audit.storage import checkpoints, erasure, logs
from services.audit.usecases.publish_checkpoint import check_memory
from services.audit.usecases.take_charge import halt_log
from shared.database import Connection


async def compare_signed(tx: Connection, keeper: Keeper, *, now: datetime) -> list[LogBrokenError]:
    """Halt every log that is shorter than what was published or signed of it; those that were. Raises Unavailable without the signer."""
    behind = []
    for log in await erasure.logs(tx):
        theirs = await keeper.signer.last(log.origin)
        published = await checkpoints.last(tx, log.log_id)
        try:
            if theirs is not None:
                check_memory(log, (await logs.state(tx, log.log_id)).size, published.size if published else 0, theirs)
        except LogBrokenError as broken:
            await halt_log(tx, broken, now=now)
            behind.append(broken)
    return behind
