"""What held at a past moment, beside what is known of that moment today (F60): both clocks are kept of everything that decides."""

from collections.abc import Sequence
from datetime import datetime

from services.consent.domain.consent import State, state_of
from services.consent.domain.custody import Known
from services.consent.domain.moment import Moment
from services.consent.storage.vault import Vault
from services.consent.usecases.weigh_row import Weighed, weigh_rows, weigh_rows_at
from shared.contracts.consent import RowKey
from shared.database import Connection
from shared.law.codes import Regime


async def weigh_as_of(
    tx: Connection, vault: Vault, asked: Sequence[tuple[Known, RowKey, Regime]], *, at: datetime | None, now: datetime
) -> list[tuple[Weighed, State | None]]:
    """Each row as it was known at that moment, or now; and its state by what is known of the moment today, where that differs."""
    if at is None:
        return [(one, None) for one in await weigh_rows(tx, vault, asked, now=now)]
    then = await weigh_rows_at(tx, vault, asked, Moment(at=at, known_at=at))
    today = [state_of(one.record, at) for one in await weigh_rows_at(tx, vault, asked, Moment(at=at, known_at=now))]
    return [(one, None if state_of(one.record, at) is state else state) for one, state in zip(then, today, strict=True)]


def moment_of(at: datetime | None) -> tuple[str, ...]:
    """The reasons of a reading's entry: that it looked back, and to when."""
    return () if at is None else ("as-of", at.isoformat())
