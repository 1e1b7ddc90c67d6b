"""What was retired is thinned, a stretch at a time; what an erasure left to a hold is destroyed when the hold is lifted."""

import logging
from datetime import datetime, timedelta
from typing import Final

from services.audit.domain.keeper import Keeper
from services.audit.usecases.erase_person import release_kept
from services.audit.usecases.erasure_ledger import Ledger
from services.audit.usecases.thin_logs import thin_logs
from shared import logs
from shared.database import Database

EVERY: Final = timedelta(minutes=1)


class Retention:
    """The loop's work."""

    def __init__(self, database: Database, keeper: Keeper, ledger: Ledger) -> None:
        self._database, self._keeper, self._ledger = database, keeper, ledger

    async def run_once(self, now: datetime) -> int:
        """How many entries were gone through: while it is some, the next turn begins at once."""
        async with self._database.transaction() as tx:
            released = await release_kept(tx, self._keeper, self._ledger, now=now)
        if released:
            logs.line("erasures.released", level=logging.INFO, count=released)
        async with self._database.transaction() as tx:
            return await thin_logs(tx, self._keeper, self._ledger, now=now)
