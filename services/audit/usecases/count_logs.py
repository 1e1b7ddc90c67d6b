"""Keep the follow-up numbers counted, so that a reader waits for the newest entries only; sequencing pays nothing for it (A44)."""

from datetime import datetime, timedelta
from typing import Final

from services.audit.domain.log import Log
from services.audit.domain.statistics import Tally
from services.audit.storage import entries, logs, tallies
from services.audit.usecases.search_entries import as_seen
from shared.database import Connection, Database

EVERY: Final = timedelta(seconds=30)
STEP: Final = 1024
"""Entries read at a time, and counted in one turn of the loop."""


class CountLogs:
    """The loop."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run_once(self, now: datetime) -> int:  # noqa: ARG002  the form of every loop
        """At most a thousand entries of each log; how many there were."""
        async with self._database.connection() as connection:
            waiting = await tallies.uncounted(connection)
        counted = 0
        for log_id in waiting:
            async with self._database.transaction() as tx:
                counted += await count_step(tx, log_id)
        return counted


async def count_step(tx: Connection, log_id: int) -> int:
    """Count the next entries of a log for good; how many."""
    log = await logs.find_by_id(tx, log_id)
    if log is None:
        return 0
    before = await tallies.load(tx, log_id)
    end = min(before.upto + STEP, (await logs.state(tx, log_id)).size)
    tally = Tally(log.organisation, before)
    await _count(tx, log, tally, before.upto, end)
    await tallies.save(tx, log_id, before, tally.counted(end))
    return end - before.upto


async def tally_log(tx: Connection, log: Log, size: int) -> Tally:
    """The numbers of a whole log of this size: what was counted before, and what has come since."""
    before = await tallies.load(tx, log.log_id)
    tally = Tally(log.organisation, before)
    for low in range(before.upto, size, STEP):
        await _count(tx, log, tally, low, min(low + STEP, size))
    return tally


async def _count(tx: Connection, log: Log, tally: Tally, low: int, high: int) -> None:
    for row in await entries.between(tx, log.year, log.log_id, low, high):
        seen = as_seen(row)
        if seen.leaf is not None:
            tally.look(seen.leaf)
