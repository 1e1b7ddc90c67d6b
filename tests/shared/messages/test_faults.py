"""Each fault of relay and inbox, as failed and as failed but stored: one effect each, and the row is done in the end (I10)."""

import asyncio
import shutil
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest
from asyncpg import Record

from shared.bus import Bus
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection
from shared.errors import Unavailable
from shared.inbox import Handle, Inbox
from shared.received import Received
from shared.relay import Relay
from tests.eventually import eventually
from tests.shared.messages.conftest import LATER, NOW, Houses, take_note


class Once:
    """A fault that happens the first time only."""

    def __init__(self, fault: str) -> None:
        self.left = fault

    def strikes(self, fault: str) -> bool:
        if self.left != fault:
            return False
        self.left = ""
        return True


class FaultyRelay(Relay):
    """The relay, struck at one of its steps."""

    once = Once("")

    async def _publish(self, rows: Sequence[Record]) -> list[UUID]:
        if rows and self.once.strikes("publish_refused"):
            raise ConnectionResetError
        stored = await super()._publish(rows)
        return [] if stored and self.once.strikes("publish_stored_ack_lost") else stored

    async def _mark(self, connection: Connection, stored: Sequence[UUID], now: datetime) -> None:
        if stored and self.once.strikes("mark_sent_lost"):
            raise ConnectionResetError
        await super()._mark(connection, stored, now)
        if stored and self.once.strikes("mark_sent_stored_answer_lost"):
            raise ConnectionResetError


class FaultyInbox(Inbox):
    """The inbox, struck at one of its steps."""

    once = Once("")

    async def _answer(self, message: Received, outcome: str) -> None:
        if outcome != "done" or not self.once.strikes("committed_ack_lost"):
            await super()._answer(message, outcome)

    async def _say_received(self, message: Received) -> None:
        if not self.once.strikes("receipt_lost"):
            await super()._say_received(message)


def faulty_handler(once: Once) -> object:
    async def handle(tx: Connection, event: ConsentWanted, *, now: datetime) -> None:
        if once.strikes("handler_failed"):
            raise Unavailable
        await take_note(tx, event, now=now)
        if once.strikes("died_before_commit"):
            raise ConnectionResetError

    return handle


FAULTS = [
    "none",
    "publish_refused",
    "publish_stored_ack_lost",
    "mark_sent_lost",
    "mark_sent_stored_answer_lost",
    "handler_failed",
    "died_before_commit",
    "committed_ack_lost",
    "receipt_lost",
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_costs_a_repetition_and_never_an_effect(houses: Houses, fault: str) -> None:
    once = Once(fault)
    houses.relay = FaultyRelay("sharing", houses.sharing, houses.sharing_bus)
    houses.relay.once = once
    houses.inbox = FaultyInbox(
        "consent",
        "sharing",
        houses.consent,
        houses.consent_bus,
        {ConsentWanted: faulty_handler(once)},  # type: ignore[dict-item]  # an object with a call
        within=0.3,
    )
    houses.inbox.once = once

    event_id = await houses.say()
    await houses.settle(event_id)

    assert once.left in {"", "none"}, "the fault never struck"
    assert await houses.effects() == 1


async def test_a_stream_deleted_before_the_publish_refuses_it_and_nothing_is_marked(houses: Houses) -> None:
    await houses.sharing_bus.js.delete_stream("SHARING")
    event_id = await houses.say()

    assert await houses.relay.run_once(NOW) == 0

    await houses.server.declare()
    await houses.settle(event_id)
    assert await houses.effects() == 1


async def test_a_stream_deleted_after_its_acknowledgement_is_made_good_from_the_outbox(houses: Houses) -> None:
    event_id = await houses.say()
    assert await houses.relay.run_once(NOW) == 1
    await houses.sharing_bus.js.delete_stream("SHARING")
    await houses.server.declare()

    assert await houses.relay.run_once(NOW) == 0
    await houses.settle(event_id)

    assert await houses.effects() == 1


async def test_a_server_killed_with_its_whole_store_loses_and_doubles_nothing(houses: Houses) -> None:
    before = [await houses.say() for _ in range(3)]
    await houses.relay.run_once(NOW)
    await houses.inbox.run_once(NOW)
    unheard = [await houses.say() for _ in range(3)]
    await houses.relay.run_once(NOW)

    houses.server.kill()
    shutil.rmtree(houses.server.place.store)
    await houses.server.start()
    await connected(houses.sharing_bus, houses.consent_bus)

    for event_id in (*before, *unheard):
        await houses.settle(event_id)
    assert await houses.effects() == 6


async def test_a_server_killed_between_publish_and_delivery_still_delivers_once(houses: Houses) -> None:
    event_id = await houses.say()
    await houses.relay.run_once(NOW)

    houses.server.kill()
    await houses.server.start(declare=False)
    await connected(houses.sharing_bus, houses.consent_bus)

    await houses.settle(event_id)
    assert await houses.effects() == 1


async def test_after_an_outage_what_has_no_receipt_goes_again_at_once(houses: Houses) -> None:
    """A killed server may have forgotten what it acknowledged a moment ago, and entries behind a gap would wait for a minute."""
    await houses.say()
    assert [await houses.relay.run_once(NOW), await houses.relay.run_once(NOW)] == [1, 0]

    houses.server.kill()
    shutil.rmtree(houses.server.place.store)
    await eventually(lambda: not houses.sharing_bus.is_connected)
    await houses.server.start()
    await connected(houses.sharing_bus, houses.consent_bus)

    soon = NOW + LATER / 61
    assert [await houses.relay.run_once(soon), await houses.relay.run_once(soon)] == [1, 0]
    assert (await houses.sharing_bus.js.stream_info("SHARING")).state.messages == 1


async def test_a_store_that_is_empty_for_a_while_loses_nothing_and_makes_nobody_spin(houses: Houses) -> None:
    """Both ends are back on the bus before anybody has declared the streams again."""
    event_id = await houses.say()
    assert await houses.relay.run_once(NOW) == 1
    houses.server.kill()
    shutil.rmtree(houses.server.place.store)
    await eventually(lambda: not houses.sharing_bus.is_connected)
    await houses.server.start(declare=False)
    await connected(houses.sharing_bus, houses.consent_bus)
    later = await houses.say()

    for seconds in (1, 2, 3):
        assert await houses.relay.run_once(NOW + seconds * LATER / 61) == 0
        assert not houses.sharing.committed.is_set()
        with pytest.raises(Unavailable):
            await houses.inbox.run_once(NOW)

    await houses.server.declare()
    assert await houses.relay.run_once(NOW + 4 * LATER / 61) == 1  # the one in doubt
    for one in (event_id, later):
        await houses.settle(one)
    assert await houses.effects() == 2


async def test_while_the_server_is_away_everything_waits_in_the_outbox(houses: Houses) -> None:
    houses.server.kill()
    event_id = await houses.say()

    with pytest.raises(Unavailable):
        await houses.relay.run_once(NOW)

    assert not await houses.is_done(event_id)
    await houses.server.start()
    await connected(houses.sharing_bus, houses.consent_bus)
    await houses.settle(event_id)
    assert await houses.effects() == 1


async def test_a_published_event_without_receipt_goes_again_after_a_minute_and_then_ever_more_seldom(houses: Houses) -> None:
    await houses.say()
    sent = [await houses.relay.run_once(NOW)]
    for minutes in (0.5, 1.1, 1.2, 3.2, 3.3):
        sent.append(await houses.relay.run_once(NOW + LATER / 61 * 60 * minutes))  # noqa: PERF401  in order, one by one

    assert sent == [1, 0, 1, 0, 1, 0]
    messages = (await houses.sharing_bus.js.stream_info("SHARING")).state.messages
    assert messages == 3, "a repetition must get past the server's duplicate window"


async def test_published_twice_and_taken_by_two_replicas_at_once_it_happens_once(houses: Houses) -> None:
    """Two relays have sent it, and each replica of the receiver holds one copy while the other is in the middle of it."""
    taken: list[str] = []

    def slow(replica: str) -> Handle:
        async def handle(tx: Connection, event: ConsentWanted, *, now: datetime) -> None:
            taken.append(replica)
            await take_note(tx, event, now=now)
            await tx.execute("select pg_sleep(0.3)")

        return handle

    event_id = await houses.say()
    await houses.relay.run_once(NOW)
    await houses.relay.run_once(NOW + LATER)
    assert (await houses.sharing_bus.js.stream_info("SHARING")).state.messages == 2
    replicas = [Inbox("consent", "sharing", houses.consent, houses.consent_bus, {ConsentWanted: slow(one)}, within=0.3) for one in "ab"]
    pulls = [await replica._pull.fetch(1, 1.0) for replica in replicas]

    done = await asyncio.gather(*(replica._take(pull[0], NOW) for replica, pull in zip(replicas, pulls, strict=True)))

    for replica in replicas:
        await replica.close()
    await houses.settle(event_id)
    assert (done, len(taken), await houses.effects()) == ([True, True], 1, 1)


async def connected(*buses: Bus) -> None:
    await eventually(lambda: all(bus.is_connected for bus in buses))
