"""From a producer's commit to its receipt, over real PostgreSQL and NATS: nothing is lost, nothing doubled, whatever dies on the way."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.audit.domain import leaf as leaves
from services.audit.events.sequencer import BATCH, WITHIN, Sequencer
from services.audit.storage import entries, logs
from shared import outbox, streams
from shared.bus import Bus
from shared.contracts.entry import Sequenced
from shared.database import Connection, Database
from shared.errors import Unavailable
from shared.inbox import Inbox
from shared.received import Received, bind
from shared.relay import Relay
from tests.audit.make import KEEPER, NOW, make_entry, make_world
from tests.eventually import eventually
from tests.nats_fixture import Nats

MINUTE = timedelta(seconds=61)


async def hear(tx: Connection, event: Sequenced, *, now: datetime) -> None:
    await outbox.receive(tx, "audit", event.entry_ids, now=now)


class Road:
    """Both ends of the way."""

    def __init__(self, sharing: Database, audit: Database, server: Nats, says: Bus, hears: Bus) -> None:
        self.sharing, self.audit, self.server = sharing, audit, server
        self.relay = Relay("sharing", sharing, says)
        self.back = Relay("audit", audit, hears)
        self.inbox = Inbox("sharing", "audit", sharing, says, {Sequenced: hear}, within=0.3)
        self.pull = bind(hears, "sharing", streams.ENTRIES)
        self.sequencer = Sequencer(audit, KEEPER)
        self.now = NOW

    async def say(self, number: int = 1) -> list[UUID]:
        async with self.sharing.transaction() as tx:
            return [await outbox.add(tx, make_entry(), now=NOW) for _ in range(number)]

    async def take(self, now: datetime) -> None:
        await self.sequencer.run_once(self.pull, now)

    async def fetch(self, number: int) -> list[Received]:
        """So many messages, which may come one by one."""
        found: list[Received] = []

        async def all_there() -> bool:
            found.extend(await self.pull.fetch(BATCH, WITHIN))
            return len(found) >= number

        await eventually(all_there)
        return found

    async def settle(self, ids: list[UUID]) -> None:
        """Daily life until every row has its receipt: all loops run, minutes pass, what is out of reach is tried again."""

        async def settled() -> bool:
            for step in (self.relay.run_once, self.take, self.back.run_once, self.inbox.run_once, self.relay.run_once):
                await self._try(step)
            self.now += MINUTE
            async with self.sharing.connection() as tx:
                return not [entry_id for entry_id in ids if await outbox.is_open(tx, entry_id)]

        await eventually(settled, within=30)

    async def _try(self, step: Callable[[datetime], Awaitable[object]]) -> None:
        try:
            await step(self.now)
        except Unavailable:
            await self.server.declare()

    async def in_log(self, ids: list[UUID]) -> list[UUID]:
        """Those of the log's entries that are among these, in the log's order."""
        async with self.audit.connection() as tx:
            log = await logs.find(tx, "o5ek", 2026)
            assert log is not None
            rows = await entries.between(tx, 2026, log.log_id, 0, 10_000)
        found = [UUID(leaves.decode(row.stored).entry_id) for row in rows]
        return [entry_id for entry_id in found if entry_id in ids]


@pytest.fixture
async def road(sharing_db: Database, audit_db: Database, own_nats: Nats) -> AsyncIterator[Road]:
    async with audit_db.transaction() as tx:
        await make_world(tx)
    async with own_nats.bus("sharing") as says, own_nats.bus("audit") as hears:
        made = Road(sharing_db, audit_db, own_nats, says, hears)
        yield made
        for end in (made.sequencer, made.relay, made.back, made.inbox, made.pull):
            await end.close()


async def test_an_entry_travels_and_its_receipt_comes_back(road: Road) -> None:
    ids = await road.say(3)

    await road.settle(ids)

    assert await road.in_log(ids) == ids


async def test_a_stream_that_forgot_what_it_acknowledged_costs_nothing(road: Road) -> None:
    ids = await road.say(2)
    await road.relay.run_once(road.now)

    road.server.kill()
    shutil.rmtree(road.server.place.store)
    await road.server.start()
    ids += await road.say(1)
    await road.settle(ids)

    assert await road.in_log(ids) == ids


async def test_a_crash_between_commit_and_acknowledgement_costs_a_redelivery_and_no_entry(road: Road) -> None:
    ids = await road.say(2)
    await road.relay.run_once(road.now)
    assert await road.sequencer.is_in_charge()
    messages = await road.fetch(2)

    class Dies(Exception):
        pass

    async def dies() -> None:
        raise Dies

    messages[0].ack = dies  # type: ignore[method-assign]
    with pytest.raises(Dies):
        await road.sequencer.take(messages, road.now)
    await road.settle(ids)

    assert await road.in_log(ids) == ids


async def test_a_crash_before_the_commit_costs_nothing(road: Road) -> None:
    ids = await road.say(2)
    await road.relay.run_once(road.now)
    await road.fetch(2)  # fetched, and the process is gone

    await road.settle(ids)

    assert await road.in_log(ids) == ids


async def test_receipts_that_were_lost_are_said_again(road: Road) -> None:
    ids = await road.say(2)
    await road.relay.run_once(road.now)
    await road.take(road.now)
    await road.audit.pool.execute("delete from outbox")  # as if the receipt had been published, acknowledged and forgotten

    await road.settle(ids)

    assert await road.in_log(ids) == ids


async def test_the_sequencers_session_ends_and_it_takes_charge_again(road: Road) -> None:
    await road.settle(first := await road.say(1))
    await road.audit.pool.execute(
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and objid = 1396788039"
    )

    await road.settle(second := await road.say(1))

    assert await road.in_log(first + second) == first + second
