"""Audit has entries of ours in its log: what waited for them may be released."""

from datetime import datetime

from shared import outbox
from shared.contracts.entry import Sequenced
from shared.database import Connection

HOUSE = "sharing"


async def hear_sequenced(tx: Connection, event: Sequenced, *, now: datetime) -> None:
    """Close the outbox rows of these entries; another house's are passed over."""
    if event.house == HOUSE:
        await outbox.receive(tx, "audit", event.entry_ids, now=now)
