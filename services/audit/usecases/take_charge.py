"""Become the one sequencer, and stop a log that does not add up."""

from datetime import datetime

from services.audit.domain.log import Log, LogBrokenError
from services.audit.storage import logs
from shared.database import Connection


async def take_charge(connection: Connection) -> int | None:
    """The new epoch when this session got the advisory lock; None while another session holds it.

    The session keeps the lock as long as it lives. Raising the epoch fences off a former holder that still writes (rule 11).
    """
    if not await logs.try_lock(connection):
        return None
    return await logs.raise_epoch(connection)


async def halt_log(tx: Connection, broken: LogBrokenError, *, now: datetime) -> None:
    """Nothing is written to or signed for this log from the commit on; it stays readable (rule 44)."""
    await logs.halt(tx, broken.log_id, broken.reason, broken.entry_index, now)


async def is_halted(tx: Connection, log: Log) -> bool:
    """Whether a log has been stopped."""
    return bool(await logs.halted(tx, [log.log_id]))
