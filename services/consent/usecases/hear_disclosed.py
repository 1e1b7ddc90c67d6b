"""Something about a child was told, or its telling to the family is held back: kept for the family's inbox."""

from datetime import datetime

from services.consent.storage import disclosures
from shared.contracts.sharing import Disclosed, TellHeld
from shared.database import Connection


async def hear_disclosed(tx: Connection, event: Disclosed, *, now: datetime) -> None:
    """Keep it. Sharing has made the entry of the disclosure itself; who may read of it is worked out when somebody looks."""
    await disclosures.add(tx, event, now=now)


async def hear_tell_held(tx: Connection, event: TellHeld, *, now: datetime) -> None:  # noqa: ARG001  the form of an event's use case
    """Keep the human's word; the greatest revision counts, in whatever order they come."""
    await disclosures.add_hold(tx, event)
