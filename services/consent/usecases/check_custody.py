"""Ask the population register again, in the act of answering and on a schedule: what it says counts at once, silence changes nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from services.consent.domain.periods import day_of
from services.consent.domain.register import Registered
from services.consent.storage import custody, people, requests
from services.consent.usecases.confirm_stop import confirm_stop
from services.consent.usecases.entries import record
from services.consent.usecases.learn_custody import learn_custody
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.see_request import see_request
from shared.auth import Caller
from shared.contracts.message import Ask
from shared.contracts.sharing import Stop
from shared.database import Connection, Database

LOOP = "check-custody"
FRESH = timedelta(days=1)
"""How long the register's word is taken for what it says now, where nobody signs."""
AGAIN = timedelta(minutes=15)
"""After silence."""
AT_ONCE = 50
TRUSTED = timedelta(days=7)
"""How long what the register last said of a child is enough for a new yes, when it is silent at the signing."""


async def check_custody(database: Database, ask: Ask, means: Means, person_id: UUID, caller: Caller | str, *, now: datetime) -> bool:
    """Whether the register answered. Nothing is locked while it is asked; what narrows goes through the barrier before this returns."""
    if means.register is None:
        return False
    async with database.transaction() as tx:
        number = await people.number_of(tx, means.vault, person_id)
    if number is None:
        return False
    found = await means.register.look_up(number)
    async with database.transaction() as tx:
        stops = await keep_check(tx, means, person_id, found, caller, now=now)
    await confirm_stop(database, ask, means, stops, now=now)
    return found is not None


async def keep_check(
    tx: Connection, means: Means, person_id: UUID, found: Registered | None, caller: Caller | str, *, now: datetime
) -> tuple[Stop, ...]:
    """Take over what the register said of now, or note its silence with the age of what we know."""
    await people.lock(tx, person_id)
    person = await people.get(tx, means.vault, person_id)
    if person is None:
        return ()
    stops = () if found is None else await learn_custody(tx, means.vault, person, found, now=now)
    reasons = ("heard",) if found is not None else ("out-of-reach", _age(await custody.heard_at(tx, person_id), now))
    await custody.note_check(tx, person_id, heard=found is not None, now=now)
    await record(tx, caller, "custody.checked", organisation=means.operator, now=now, subject=person.subject_id, reasons=reasons)
    return stops


async def whom_to_check(tx: Connection, means: Means, caller: Caller, request_id: UUID, *, now: datetime) -> UUID | None:
    """The child of a question that the caller is asked; None for everybody else, so that no time tells that a question exists."""
    request = await requests.get(tx, request_id)
    seen = None if request is None else await see_request(tx, means.vault, request, person_of(caller), now=now)
    return None if request is None or seen is None else request.child_id


async def is_silent_too_long(tx: Connection, means: Means, person_id: UUID, *, now: datetime) -> bool:
    """Whether who decides rests on a register that has not been heard for too long: then no new yes counts, a no always does.

    A child that the register has never answered about rests on documents, and is no question of its silence (decision 0050).
    """
    heard_at = None if means.register is None else await custody.heard_at(tx, person_id)
    return heard_at is not None and now - heard_at > TRUSTED


def _age(heard_at: datetime | None, now: datetime) -> str:
    return "never-heard" if heard_at is None else f"days-old-{(now - heard_at).days}"


class CheckCustody:
    """Walks through the children about whom something is asked or given, those first whom the register was asked about longest ago."""

    def __init__(self, database: Database, ask: Ask, means: Means) -> None:
        self._database = database
        self._ask = ask
        self._means = means

    async def run_once(self, now: datetime) -> int:
        """How many the register answered about; after a silence the rest wait for the next turn."""
        if self._means.register is None:
            return 0
        async with self._database.connection() as connection:
            due = await custody.due_checks(connection, day_of(now), heard_before=now - FRESH, tried_before=now - AGAIN, limit=AT_ONCE)
        heard = 0
        for person_id in due:
            heard += await check_custody(self._database, self._ask, self._means, person_id, LOOP, now=now)
        return heard
