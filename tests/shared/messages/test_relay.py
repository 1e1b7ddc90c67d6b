"""The relay's own promises: one at a time, a chain of entries without gap, notices until the organisation confirms."""

from datetime import timedelta

import asyncpg
import pytest

from shared import outbox, subjects
from shared.chain import GENESIS, next_link
from shared.contracts.entry import Entry, Person
from shared.contracts.sharing import DeliveryStopped
from shared.errors import Unavailable
from shared.ids import new_id
from shared.received import Received, bind
from shared.relay import Relay
from shared.streams import ENTRIES
from tests.eventually import eventually
from tests.shared.messages.conftest import NOW, Houses


def entry(organisation: str = "o5ek") -> Entry:
    person = Person(actor_kind="person", actor="https://login.example 5f1c")
    return Entry(entry_id=new_id(NOW), organisation=organisation, at=NOW, action="case.opened", person=person)


async def test_of_two_relays_one_works_and_the_other_takes_over(houses: Houses) -> None:
    second = Relay("sharing", houses.sharing, houses.sharing_bus)
    assert await houses.relay.run_once(NOW) == 0
    await houses.say()

    assert await second.run_once(NOW) == 0
    await eventually(houses.sharing.committed.is_set)  # the second has poked the first
    assert await houses.relay.run_once(NOW) == 1

    await houses.relay.close()
    await houses.say()
    assert await eventually(lambda: second.run_once(NOW)) == 1
    await second.close()


async def test_a_relay_whose_session_postgresql_ended_works_again_and_leaks_no_connection(houses: Houses) -> None:
    pool = houses.sharing.pool
    for _ in range(pool.get_max_size() + 1):
        await houses.relay.run_once(NOW)
        assert houses.relay._connection is not None
        ended = houses.relay._connection.get_server_pid()
        assert await pool.fetchval("select pg_terminate_backend($1)", ended)
        await eventually(lambda: session_is_gone(houses.relay))

        with pytest.raises(Unavailable):
            await houses.relay.run_once(NOW)

    event_id = await houses.say()
    await houses.settle(event_id)
    assert pool.get_size() - pool.get_idle_size() == 1  # the relay's own


async def test_a_relay_whose_session_postgresql_ended_can_be_closed(houses: Houses) -> None:
    await houses.relay.run_once(NOW)
    assert houses.relay._connection is not None
    await houses.sharing.pool.fetchval("select pg_terminate_backend($1)", houses.relay._connection.get_server_pid())
    await eventually(lambda: session_is_gone(houses.relay))

    await houses.relay.close()

    assert houses.sharing.pool.get_size() == houses.sharing.pool.get_idle_size()


def session_is_gone(relay: Relay) -> bool:
    try:
        return relay._connection is None or relay._connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has it back
        return True


async def test_entries_carry_numbers_without_gap_and_links_over_everything_before(houses: Houses) -> None:
    pull = bind(houses.consent_bus, "sharing", ENTRIES)
    for _ in range(2):
        async with houses.sharing.transaction() as tx:
            for _ in range(3):
                await outbox.add(tx, entry(), now=NOW)
        await houses.relay.run_once(NOW)

    got: list[Received] = []
    while len(got) < 6:
        got += await pull.fetch(256, 1)

    link = GENESIS
    for number, message in enumerate(got, 1):
        assert (message.sequence, message.previous, message.event(Entry).entry_id) == (number, link, message.id)
        link = next_link(link, number, message.body)
    await pull.close()


async def test_an_entry_is_open_until_audit_has_sequenced_it(houses: Houses) -> None:
    async with houses.sharing.transaction() as tx:
        entry_id = await outbox.add(tx, entry(), now=NOW)
    await houses.relay.run_once(NOW)

    async with houses.sharing.transaction() as tx:
        await outbox.receive(tx, "consent", [entry_id], now=NOW)  # no receiver of this
        assert await outbox.is_open(tx, entry_id)
        assert await outbox.oldest_entry(tx, "o5ek") == NOW
        assert await outbox.oldest_entry(tx, "o2rg") is None

        await outbox.receive(tx, "audit", [entry_id], now=NOW)
        assert not await outbox.is_open(tx, entry_id)
        assert await outbox.oldest_entry(tx, "o5ek") is None


async def test_a_notice_goes_to_its_organisation_until_that_one_confirms_it(houses: Houses) -> None:
    async with houses.sharing.transaction() as tx:
        notice_id = await outbox.notify(tx, "o2rg", DeliveryStopped(delivery_id=new_id(NOW), released=True), now=NOW)

    sent = [await houses.relay.run_once(NOW + timedelta(minutes=minutes)) for minutes in (0, 10, 16)]
    assert sent == [1, 0, 1]
    messages = await houses.sharing_bus.js.stream_info("OUT", subjects_filter="samsyn.out.>")
    assert messages.state.subjects == {"samsyn.out.o2rg.sharing.stopped": 2}

    async with houses.sharing.transaction() as tx:
        (waiting,) = await outbox.open_notices(tx, "o2rg")
        assert waiting.id == notice_id
        await outbox.confirm(tx, "o5ek", [notice_id], now=NOW)  # somebody else's
        assert await outbox.is_open(tx, notice_id)
        await outbox.confirm(tx, "o2rg", [notice_id], now=NOW)
        assert await outbox.open_notices(tx, "o2rg") == []
    assert await houses.relay.run_once(NOW + timedelta(days=2)) == 0


async def test_what_is_done_leaves_the_table_after_an_hour(houses: Houses) -> None:
    event_id = await houses.say()
    await houses.settle(event_id)

    await houses.relay.run_once(NOW + timedelta(hours=3))

    assert await houses.sharing.pool.fetchval("select count(*) from outbox") == 0


async def test_a_message_on_the_wire_names_codes_and_ids_only(houses: Houses) -> None:
    pull = bind(houses.consent_bus, "sharing", "consent")
    event_id = await houses.say()
    await houses.relay.run_once(NOW)

    (message,) = await pull.fetch(10, 1)

    expected = {
        "Nats-Msg-Id": f"{event_id}.0",
        "ce-specversion": "1.0",
        "ce-id": str(event_id),
        "ce-source": "/samsyn/sharing",
        "ce-type": "samsyn.sharing.consent-wanted.v1",
        "ce-time": "2026-11-24T09:00:00Z",
        "content-type": "application/json",
    }
    assert {name: message.headers[name] for name in expected} == expected
    assert message.headers.keys() - expected.keys() <= {"traceparent"}
    await pull.close()


@pytest.mark.parametrize("text", ["", "o5ek.x", "*", ">", "o 5", "Ö", "O5EK", "o5ek\n", "$sys"])
def test_what_is_no_token_never_becomes_part_of_a_subject(text: str) -> None:
    with pytest.raises(ValueError, match="token"):
        subjects.notice(text, "sharing", "delivery")
