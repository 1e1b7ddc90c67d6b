"""A person is to be handled as one with protected identity, or no longer: the key moves, and sharing is told through the barrier (I8)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.consent.domain.holds import REGISTERS_OWN, Hold, HoldKind, HoldReason
from services.consent.storage import handling, holds, people
from services.consent.storage.vault import Vault
from shared import outbox
from shared.contracts.consent import HandlingChanged
from shared.contracts.message import Ask
from shared.contracts.sharing import TakeHandling
from shared.database import Connection, Database
from shared.errors import AppError
from shared.ids import new_id

LOOP = "confirm-handling"
AT_ONCE = 100


async def change_handling(tx: Connection, vault: Vault, person_id: UUID, *, now: datetime) -> bool:
    """Take what is laid on the person now; whether anything changed. Nobody outside learns the reason.

    The event goes to sharing and audit; the barrier's row makes the loop ask sharing until it has its word.
    """
    changed = await handling.change(tx, person_id)
    if changed is None:
        return False
    told = changed.told
    await people.rewrap(tx, vault, person_id, restricted=changed.protected)
    await handling.add_barrier(tx, person_id, told, now=now)
    await outbox.add(
        tx,
        HandlingChanged(subject_id=told.subject_id, restricted=told.restricted, revision=told.revision, handlers=told.handlers),
        now=now,
    )
    return True


async def protect_by_register(tx: Connection, vault: Vault, person_id: UUID, reasons: Sequence[HoldReason], *, now: datetime) -> bool:
    """The register's word holds at once; that it says so no longer lifts nothing: two do (`lift_hold`). Whether anything changed."""
    for reason in reasons:
        hold = Hold(
            hold_id=new_id(now),
            person_id=person_id,
            kind=HoldKind.PROTECTED,
            reason=reason,
            organisation=REGISTERS_OWN,
            set_by="population-register",
            set_at=now,
        )
        await holds.add(tx, hold)
    return await change_handling(tx, vault, person_id, now=now)


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
