"""Empty closed cases when their period is over: the sweeper of this house."""

from datetime import datetime, timedelta

from services.sharing.storage import retention
from services.sharing.usecases.record import record_timer
from shared.database import Database

TIMER = "retire-cases"
AT_ONCE = 50


class RetireCases:
    """One transaction for each turn, with an entry for each case in its organisation's log."""

    def __init__(self, database: Database, keep: timedelta) -> None:
        self._database = database
        self._keep = keep

    async def run_once(self, now: datetime) -> int:
        """How many; the next turn goes on where this ended. A case that is opened again in time is not touched."""
        async with self._database.transaction() as tx:
            cases = await retention.old_cases(tx, now - self._keep, AT_ONCE)
            for case in cases:
                await retention.empty(tx, case.case_id, now=now)
                await record_timer(
                    tx,
                    TIMER,
                    "case.retired",
                    now=now,
                    organisation=case.organisation,
                    subject=None,  # audit need not learn whom we are about to forget
                    unit=case.unit,
                    reasons=(),
                    case_id=case.case_id,
                    object_id=case.case_id,
                )
        return len(cases)
