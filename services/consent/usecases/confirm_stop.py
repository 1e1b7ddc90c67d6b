"""The barrier: after consent's own commit sharing is asked to stop, and only its word makes *stopped* (I2)."""

from collections.abc import Sequence
from datetime import datetime

from services.consent.storage import barriers, consents, people, requests
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from shared import outbox, telemetry
from shared.contracts.consent import Stopped
from shared.contracts.message import Ask
from shared.contracts.sharing import Stop
from shared.database import Connection, Database
from shared.errors import AppError

LOOP = "confirm-stops"
AT_ONCE = 100


async def confirm_stop(database: Database, ask: Ask, means: Means, stops: Sequence[Stop], *, now: datetime) -> bool:
    """Whether sharing has confirmed every one of these stops. Never concluded from time passed; holds no lock while it waits."""
    confirmed = [await _confirm(database, ask, means, stop, now=now) for stop in stops]
    return all(confirmed)


async def _confirm(database: Database, ask: Ask, means: Means, stop: Stop, *, now: datetime) -> bool:
    try:
        answer = await ask(stop, within=2.0)
    except AppError:
        return False  # recorded; the loop asks again until there is an answer
    if answer.consent_id != stop.consent_id or answer.revision < stop.revision:
        return False
    async with database.transaction() as tx:
        asked_at = await barriers.confirm(tx, stop.consent_id, stop.revision, answer.stopped_at)
        if asked_at is not None:
            await outbox.add(tx, Stopped(consent_id=stop.consent_id, revision=stop.revision, stopped_at=answer.stopped_at), now=now)
            await _record(tx, means, stop, now=now)
    if asked_at is not None:  # two clocks may differ by less than the time it takes
        telemetry.stop_duration.record(max(0.0, (answer.stopped_at - asked_at).total_seconds()))
    return True


async def _record(tx: Connection, means: Means, stop: Stop, *, now: datetime) -> None:
    consent = await consents.get(tx, stop.consent_id)
    request = None if consent is None else await requests.get(tx, consent.request_id)
    if request is None:
        return
    child = await people.get(tx, means.vault, request.child_id)
    await record(
        tx,
        LOOP,
        "consent.stopped",
        organisation=request.organisation,
        now=now,
        subject=None if child is None else child.subject_id,
        request=request,
        object_id=stop.consent_id,
    )


class ConfirmStops:
    """Asks again for every stop without sharing's word: after a crash, a lost reply, or while sharing was away."""

    def __init__(self, database: Database, ask: Ask, means: Means) -> None:
        self._database = database
        self._ask = ask
        self._means = means

    async def run_once(self, now: datetime) -> int:
        """How many were confirmed."""
        async with self._database.connection() as connection:
            pending = await barriers.pending(connection, AT_ONCE)
        confirmed = 0
        for stop in pending:
            confirmed += await confirm_stop(self._database, self._ask, self._means, [stop], now=now)
        return confirmed
