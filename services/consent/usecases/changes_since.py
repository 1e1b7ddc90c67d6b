"""The feed of rows, for sharing's lease: who has applied all of it knows every change committed before the question."""

from services.consent.storage import consents
from shared.contracts.consent import Changes, ChangesSince
from shared.database import Connection
from shared.errors import Unavailable

PAGE = 500


async def changes_since(tx: Connection, question: ChangesSince) -> Changes:
    """The rows after a position. Another epoch is answered from the start: whatever was known of the old one is unknown.

    Raises Unavailable when the asker knows more than this database: it was restored and nobody has said so (`restored`),
    so no lease is given on it.
    """
    epoch, position = await consents.feed(tx)
    since = question.since if question.epoch == epoch else 0
    if since > position:
        raise Unavailable("consent-unavailable")
    rows = await consents.changes(tx, since, PAGE)
    reached = rows[-1].revision if rows else position
    return Changes(epoch=epoch, position=reached, rows=tuple(rows), complete=reached >= position)
