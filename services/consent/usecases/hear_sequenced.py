"""Audit has entries of ours in its log: their outbox rows have done their work."""

from datetime import datetime

from shared import outbox
from shared.contracts.entry import Sequenced
from shared.database import Connection

HOUSE = "consent"


async def hear_sequenced(tx: Connection, event: Sequenced, *, now: datetime) -> None:
    """Close the outbox rows of these entries; another house's are passed over."""
    if event.house == HOUSE:
        await outbox.receive(tx, "audit", event.entry_ids, now=now)
