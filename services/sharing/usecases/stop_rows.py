"""The barrier: consent asks, and may say *stopped* only once this has answered (I2)."""

from datetime import datetime

from services.sharing.usecases.take_rows import take_rows
from shared.contracts.sharing import Stop, StopAnswer
from shared.database import Connection


async def stop_rows(tx: Connection, question: Stop, *, now: datetime) -> StopAnswer:
    """Apply the rows. The answer is true from this transaction's commit on, and is given only after it.

    A release that holds a row's lock is committed before this continues; every later one finds the row stopped.
    """
    await take_rows(tx, question.rows, now=now)
    return StopAnswer(consent_id=question.consent_id, revision=question.revision, stopped_at=now)
