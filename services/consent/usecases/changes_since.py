"""The feed of rows, for sharing's lease: who has applied all of it knows every change committed before the question."""

from services.consent.storage import consents
from shared.contracts.consent import Changes, ChangesSince
from shared.database import Connection

PAGE = 500


async def changes_since(tx: Connection, question: ChangesSince) -> Changes:
    """The rows after a position. Another epoch is answered from the start: whatever was known of the old one is unknown."""
    epoch, position = await consents.feed(tx)
    since = question.since if question.epoch == epoch else 0
    rows = await consents.changes(tx, since, PAGE)
    reached = rows[-1].revision if rows else max(since, position)
    return Changes(epoch=epoch, position=reached, rows=tuple(rows), complete=reached >= position)
