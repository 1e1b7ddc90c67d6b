"""A person is to be handled as one with protected identity, or no longer: the key moves, and sharing is told through the barrier (I8)."""

from datetime import datetime
from uuid import UUID

from services.consent.storage import handling, people
from services.consent.storage.vault import Vault
from shared import outbox
from shared.contracts.consent import HandlingChanged
from shared.contracts.message import Ask
from shared.contracts.sharing import TakeHandling
from shared.database import Connection, Database
from shared.errors import AppError

LOOP = "confirm-handling"
AT_ONCE = 100


async def change_handling(tx: Connection, vault: Vault, person_id: UUID, *, restricted: bool, now: datetime) -> bool:
    """Whether anything changed. Nobody learns the reason, which is not kept here either.

    The event goes to sharing and audit; the barrier's row makes the loop ask sharing until it has its word.
    """
    change = await handling.change(tx, person_id, restricted=restricted)
    if change is None:
        return False
    await people.rewrap(tx, vault, person_id, restricted=restricted)
    await handling.add_barrier(tx, person_id, change, now=now)
    await outbox.add(tx, HandlingChanged(subject_id=change.subject_id, restricted=change.restricted, revision=change.revision), now=now)
    return True


class ConfirmHandling:
    """Asks sharing to take every change, until it has said so. No lock is held while it waits."""

    def __init__(self, database: Database, ask: Ask) -> None:
        self._database = database
        self._ask = ask

    async def run_once(self, now: datetime) -> int:
        """How many were taken; the instant kept is sharing's own."""
        del now
        async with self._database.connection() as connection:
            changes = await handling.pending(connection, AT_ONCE)
        return sum([await self._confirm(change) for change in changes])

    async def _confirm(self, change: TakeHandling) -> bool:
        try:
            answer = await self._ask(change)
        except AppError:
            return False
        if (answer.subject_id, answer.revision) != (change.subject_id, change.revision):
            return False
        async with self._database.transaction() as tx:
            return await handling.confirm(tx, change, answer.taken_at)
