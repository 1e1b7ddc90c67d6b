"""What waited for a hold is destroyed when the hold is lifted."""

import logging
from datetime import datetime, timedelta
from typing import Final

from services.audit.domain.keeper import Keeper
from services.audit.usecases.erase_person import release_kept
from services.audit.usecases.erasure_ledger import Ledger
from shared import logs
from shared.database import Database

EVERY: Final = timedelta(minutes=1)


class ReleaseKept:
    """The loop's work."""

    def __init__(self, database: Database, keeper: Keeper, ledger: Ledger) -> None:
        self._database, self._keeper, self._ledger = database, keeper, ledger

    async def run_once(self, now: datetime) -> int:
        """How many keys were destroyed."""
        async with self._database.transaction() as tx:
            released = await release_kept(tx, self._keeper, self._ledger, now=now)
        if released:
            logs.line("erasures.released", level=logging.INFO, count=released)
        return released
