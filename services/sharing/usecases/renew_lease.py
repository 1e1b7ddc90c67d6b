"""How long this one process may believe its own copy of consent's rows (DESIGN 5)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from services.sharing.storage import consent_rows
from services.sharing.usecases.take_rows import take_rows
from shared import clock
from shared.contracts.consent import ChangesSince
from shared.contracts.message import Ask
from shared.database import Database
from shared.errors import Unavailable

LASTS: Final = 10.0
"""Seconds, from the instant *before* consent was asked."""
PAGES: Final = 1_000
"""So many pages of the feed in one turn; a longer way is gone in several."""


class Lease:
    """Belongs to one process and dies with it: a restarted process has none until it has asked.

    The clock never goes back and stands for nobody else. A process that was paused for longer finds its lease over when it
    looks, and it looks while it holds the row's lock.
    """

    def __init__(self, database: Database, ask: Ask, *, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._database = database
        self._ask = ask
        self._monotonic = monotonic
        self._until: float | None = None  # owned by run_once

    def holds(self) -> bool:
        """Whether everything that consent had committed less than ten seconds ago has been applied here."""
        return self._until is not None and self._monotonic() < self._until

    async def run_once(self, now: datetime) -> int:
        """Ask consent's primary for its changes and apply them; the lease then lasts from before the question.

        Returns how many rows came. Raises Unavailable, and an old lease runs out by itself.
        """
        asked_at = self._monotonic()
        taken = 0
        for _ in range(PAGES):
            async with self._database.connection() as connection:
                epoch, position = await consent_rows.feed_position(connection)
            changes = await self._ask(ChangesSince(epoch=epoch, since=position))
            if changes.epoch < epoch:
                raise Unavailable("consent-unavailable")  # an older database than the one we know: nothing of it is believed
            async with self._database.transaction() as tx:
                await take_rows(tx, changes.rows, now=now)
                await consent_rows.raise_epoch(tx, changes.epoch)
                if changes.epoch == epoch:
                    await consent_rows.advance_feed(tx, changes.epoch, changes.position)
            taken += len(changes.rows)
            # A new epoch is asked again from its start: the position that we asked after was the old one's.
            if changes.complete and changes.epoch == epoch:
                self._until = asked_at + LASTS
                return taken
        raise Unavailable("consent-unavailable")
