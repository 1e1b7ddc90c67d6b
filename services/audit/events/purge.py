"""After an erasure the houses' streams are emptied: their messages name people in clear, and the outboxes hold what was not taken yet."""

from datetime import datetime, timedelta
from typing import Final

from services.audit.usecases.forget_messages import due, forget_whom, purged
from shared import logs, subjects
from shared.bus import FAILURES, Bus
from shared.database import Database
from shared.errors import Unavailable

EVERY: Final = timedelta(minutes=1)


class PurgeStreams:
    """The loop's work: one emptying for all erasures that are due."""

    def __init__(self, bus: Bus, database: Database) -> None:
        self._bus, self._database = bus, database

    async def run_once(self, now: datetime) -> int:
        """How many erasures that was for. Raises Unavailable, and then it is done again."""
        async with self._database.transaction() as tx:
            await forget_whom(tx, now=now)
            erasures = await due(tx, now=now)
        if not erasures:
            return 0
        try:
            for house in subjects.HOUSES:
                await self._bus.js.purge_stream(subjects.stream(house))
        except FAILURES as error:
            raise Unavailable from error
        async with self._database.transaction() as tx:
            await purged(tx, erasures, now=now)
        logs.line("streams.emptied", count=len(erasures))
        return len(erasures)
