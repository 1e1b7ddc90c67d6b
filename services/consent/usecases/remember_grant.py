"""Keep this house's copy of a grant as sharing tells it."""

from datetime import datetime

from services.consent.storage import organisations
from shared.contracts.sharing import GrantChanged
from shared.database import Connection


async def remember_grant(tx: Connection, event: GrantChanged, *, now: datetime) -> None:  # noqa: ARG001  the form of an event's use case
    """A newer revision replaces the copy; an older one changes nothing. Sharing has made the entry."""
    await organisations.save_grant(tx, event)
