"""Keep this house's copy of an organisation as sharing tells it."""

from datetime import datetime

from services.consent.storage import organisations
from shared.contracts.sharing import OrganisationChanged
from shared.database import Connection


async def remember_organisation(tx: Connection, event: OrganisationChanged, *, now: datetime) -> None:  # noqa: ARG001  the form of an event's use case
    """A newer revision replaces the copy with its units; an older one changes nothing. Sharing has made the entry."""
    await organisations.save(tx, event)
