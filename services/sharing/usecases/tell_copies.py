"""Show consent what this house has made of its rows: it compares, and says again what differs."""

from services.sharing.storage import consent_rows
from shared.contracts.consent import RowKey
from shared.contracts.sharing import Copies, CopiesBetween, RowCopy
from shared.database import Connection
from shared.errors import Unavailable

MOST = 2_000
"""Rows of one answer, which must fit in one message; consent asks about a few children at a time."""


async def tell_copies(tx: Connection, question: CopiesBetween) -> Copies:
    """The feed's place is read first: what has been applied up to it is in the rows. Raises Unavailable when it is too much."""
    epoch, position = await consent_rows.feed_position(tx)
    rows = await consent_rows.between(tx, question.after, question.last, MOST + 1)
    if len(rows) > MOST:
        raise Unavailable
    return Copies(
        epoch=epoch,
        position=position,
        rows=tuple(
            RowCopy(
                key=RowKey(
                    subject_id=row.subject_id,
                    discloser_unit=row.discloser_unit,
                    recipient_unit=row.recipient_unit,
                    purpose=row.purpose,
                    category=row.category,
                    about=row.about,
                ),
                consent_id=row.consent_id,
                state=row.state,
                epoch=row.epoch,
                revision=row.revision,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
            )
            for row in rows
        ),
    )
