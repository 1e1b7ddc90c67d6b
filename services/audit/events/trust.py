"""The loop that notices that keys, registrars or witnesses are others now, and has it signed and logged."""

from datetime import datetime, timedelta
from typing import Final

from services.audit.events.sequencer import Sequencer
from services.audit.usecases.log_trust import Trusted, log_trust
from shared import logs
from shared.database import Database

EVERY: Final = timedelta(seconds=2)
"""How soon whoever comes to be in charge looks."""
_AGAIN: Final = timedelta(minutes=1)
"""Between two looks: each asks the signer for every log's keys."""


class LogTrust:
    """The loop's work, in the process that is in charge."""

    def __init__(self, sequencer: Sequencer, database: Database, given: Trusted) -> None:
        self._sequencer, self._database, self._given = sequencer, database, given
        self._due: datetime | None = None

    async def run_once(self, now: datetime) -> None:
        """Raises Unavailable while database or signer is out of reach."""
        if (self._due is not None and now < self._due) or not await self._sequencer.is_in_charge():
            return
        async with self._database.transaction() as tx:
            version = await log_trust(tx, self._sequencer.keeper, self._given, now=now)
        self._due = now + _AGAIN
        if version is not None:
            logs.line("trust.changed", count=version)
