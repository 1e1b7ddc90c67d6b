"""Two houses on real PostgreSQL and a real server: sharing says, consent hears."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared import outbox
from shared.bus import Bus
from shared.contracts.consent import RowsChanged
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection, Database
from shared.errors import Unavailable
from shared.ids import new_id
from shared.inbox import Inbox
from shared.relay import Relay
from tests.nats_fixture import Nats

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = timedelta(seconds=61)


def wanted() -> ConsentWanted:
    """A valid event; what stands in it does not matter here."""
    return ConsentWanted(
        request_id=new_id(NOW),
        case_id=new_id(NOW),
        subject_id=new_id(NOW),
        organisation="o5ek",
        discloser_unit="o5ek-u1",
        model="hlt-team",
        rows=(),
        until=NOW + timedelta(days=90),
        answer_by=NOW + timedelta(days=14),
    )


async def take_note(tx: Connection, _event: ConsentWanted, *, now: datetime) -> None:
    """A use case with one visible effect: one more row in consent's own outbox."""
    await outbox.add(tx, RowsChanged(position=1, rows=()), now=now)


class Houses:
    """Both ends, and what is true of them."""

    def __init__(self, sharing: Database, consent: Database, server: Nats, sharing_bus: Bus, consent_bus: Bus) -> None:
        self.sharing, self.consent, self.server = sharing, consent, server
        self.sharing_bus, self.consent_bus = sharing_bus, consent_bus
        self.relay = Relay("sharing", sharing, sharing_bus)
        self.inbox = Inbox("consent", "sharing", consent, consent_bus, {ConsentWanted: take_note}, within=0.3)

    async def say(self) -> UUID:
        async with self.sharing.transaction() as tx:
            return await outbox.add(tx, wanted(), now=NOW)

    async def is_done(self, event_id: UUID) -> bool:
        async with self.sharing.connection() as tx:
            return not await outbox.is_open(tx, event_id)

    async def effects(self) -> int:
        return int(await self.consent.pool.fetchval("select count(*) from outbox"))

    async def settle(self, event_id: UUID, *, rounds: int = 12) -> None:
        """Daily life until the row is done: both loops run, a minute passes, what is out of reach is tried again."""
        now = NOW
        for _ in range(rounds):
            for loop in (self.relay, self.inbox, self.relay):
                try:
                    await loop.run_once(now)
                except Unavailable:
                    await self.server.declare()
            if await self.is_done(event_id):
                return
            now += LATER
        raise AssertionError("the event never got its receipt")


@pytest.fixture
async def houses(sharing_db: Database, consent_db: Database, own_nats: Nats) -> AsyncIterator[Houses]:
    for database in (sharing_db, consent_db):
        await database.pool.execute("delete from outbox; delete from inbox; delete from dead_letter; delete from producer_chain")
    async with own_nats.bus("sharing") as sharing_bus, own_nats.bus("consent") as consent_bus:
        made = Houses(sharing_db, consent_db, own_nats, sharing_bus, consent_bus)
        yield made
        await made.relay.close()
        await made.inbox.close()
