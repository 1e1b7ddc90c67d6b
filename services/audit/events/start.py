"""What has to be done once before this process takes or answers anything: erased keys stay erased, and the database is no old one."""

import logging
from datetime import datetime

from services.audit.domain.keeper import Keeper
from services.audit.usecases.compare_signed import compare_signed
from services.audit.usecases.erase_person import replay
from services.audit.usecases.erasure_ledger import Ledger
from shared import logs
from shared.database import Database


class Start:
    """The loop's work until it has succeeded; then nothing."""

    def __init__(self, database: Database, keeper: Keeper, ledger: Ledger) -> None:
        self.is_done = False
        self._database, self._keeper, self._ledger = database, keeper, ledger

    async def run_once(self, now: datetime) -> None:
        """Raises Unavailable while database or signer is out of reach."""
        if self.is_done:
            return
        async with self._database.transaction() as tx:
            destroyed = await replay(tx, self._ledger)
            behind = await compare_signed(tx, self._keeper, now=now)
        if destroyed:
            logs.line("erasures.replayed", level=logging.WARNING, count=destroyed)
        for broken in behind:
            logs.line("log.halted", level=logging.ERROR, reason=str(broken))
        self.is_done = True
