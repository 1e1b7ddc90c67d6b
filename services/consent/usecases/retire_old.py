"""Remove what has done its work when its period is over, and give persons from before the keys keys of their own."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.consent.domain.periods import day_of
from services.consent.storage import contacts, notices, people
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from shared.database import Database

LOOP = "retire-old"
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Periods:
    """How long each kind is kept. What a consent rests on has no period here: a person's erasure ends it (`erase_person`)."""

    notices: timedelta
    tasks: timedelta
    """From the day on which it was closed."""
    pushes: timedelta = timedelta(days=90)
    """From when it was sent or given up."""
    disclosures: timedelta = timedelta(days=3650)
    requests: timedelta = timedelta(days=730)
    """Only those that no consent came of; from the last day they asked for."""


class RetireOld:
    """One transaction for each turn; the next one goes on where this ended."""

    def __init__(self, database: Database, means: Means, periods: Periods) -> None:
        self._database = database
        self._means = means
        self._periods = periods

    async def run_once(self, now: datetime) -> int:
        """How many were removed or sealed again; zero when there is nothing left to do. One entry where something was removed."""
        async with self._database.transaction() as tx:
            sealed = await people.give_keys(tx, self._means.vault, AT_ONCE)
            gone = {
                "notices": await notices.retire_notices(tx, now - self._periods.notices, AT_ONCE),
                "tasks": await notices.retire_tasks(tx, now - self._periods.tasks, AT_ONCE),
                "pushes": await contacts.retire_pushes(tx, now - self._periods.pushes, AT_ONCE),
                "disclosures": await notices.retire_disclosures(tx, now - self._periods.disclosures, AT_ONCE),
                "requests": await notices.retire_requests(tx, day_of(now - self._periods.requests), AT_ONCE),
            }
            kinds = tuple(kind for kind, number in gone.items() if number)
            if kinds:
                await record(tx, LOOP, "records.retired", organisation=self._means.operator, now=now, reasons=kinds)
        return sealed + sum(gone.values())
