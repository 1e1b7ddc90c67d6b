"""Look again at everything given for a child, after a fact about its family has changed."""

from datetime import datetime

import msgspec

from services.consent.domain.consent import Ending, agreed, latest
from services.consent.domain.custody import Known
from services.consent.domain.periods import end_of
from services.consent.domain.validity import valid_until
from services.consent.storage import consents, requests
from services.consent.storage.vault import Vault
from services.consent.usecases.change_rows import stop_rows, write_rows
from services.consent.usecases.weigh_row import Weighed, weigh_row
from shared.contracts.consent import GoverningRow, RowState
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.law.codes import Regime


async def reevaluate_rows(tx: Connection, vault: Vault, child: Known, *, now: datetime) -> tuple[Stop, ...]:
    """Stop each row for which somebody's yes is missing now, and shorten each that now ends sooner. Never widens.

    The caller holds the child's lock; the stops go through the barrier after the commit.
    """
    epoch, _ = await consents.feed(tx)
    stopped: list[GoverningRow] = []
    shorter: list[GoverningRow] = []
    for given in await consents.given_rows(tx, child.person.subject_id, epoch=epoch):
        row = await consents.lock_row(tx, given.key, epoch=epoch)
        latest_round = await requests.latest_round(tx, given.key)
        if row is None or latest_round is None or row.state is not RowState.GIVEN:
            continue
        weighed = await weigh_row(tx, vault, child, row.key, Regime(latest_round.regime), now=now)
        if not agreed(weighed.record.who, latest(weighed.record.standings)):
            stopped.append(row)
            continue
        end = await _end(tx, weighed, row, now=now)
        if end < row.valid_until:
            shorter.append(msgspec.structs.replace(row, valid_until=end))
    await write_rows(tx, shorter, now=now)
    ending = Ending.PROTECTED if child.person.protected else Ending.CUSTODY
    return await stop_rows(tx, stopped, ending, by=None, now=now)


async def _end(tx: Connection, weighed: Weighed, row: GoverningRow, *, now: datetime) -> datetime:
    consent = await consents.get(tx, row.consent_id)
    request = None if consent is None else await requests.get(tx, consent.request_id)
    if request is None:
        return row.valid_until
    end = valid_until(
        weighed.known,
        weighed.who_on,
        latest(weighed.record.standings),
        last_day=request.last_day,
        judgement=weighed.judgement,
        now=now,
    )
    return min(end, end_of(request.last_day))
