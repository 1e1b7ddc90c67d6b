"""The loop around the batches: one process in charge, nothing acknowledged before its commit, a broken log stopped."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from services.audit.domain.log import Log
from services.audit.events.sequencer import Sequencer
from services.audit.storage import logs
from services.audit.usecases.append_entries import Incoming
from services.audit.usecases.check_logs import find_trouble
from shared.database import Database
from shared.errors import Unavailable
from tests.audit.make import KEEPER, NOW, Producer, make_entry, make_world
from tests.eventually import eventually


class Message:
    """A delivery, and what became of it."""

    def __init__(self, incoming: Incoming) -> None:
        self.source, self.body = incoming.producer, incoming.body
        self.id: UUID | None = incoming.message_id
        self.sequence, self.previous = incoming.sequence, incoming.previous_hash
        self.trace: str | None = None
        self.said = ""

    async def ack(self) -> None:
        self.said = "ack"

    async def retry(self, delay: timedelta) -> None:
        assert delay > timedelta()
        self.said = "retry"


@pytest.fixture
async def sequencer(audit_db: Database) -> AsyncIterator[Sequencer]:
    made = Sequencer(audit_db, KEEPER)
    yield made
    await made.close()


@pytest.fixture(scope="module")
async def log(audit_db: Database) -> Log:
    async with audit_db.transaction() as tx:
        await make_world(tx, "o5ek", "o8st")
        found = await logs.find(tx, "o5ek", 2026)
    assert found is not None
    return found


async def size_of(database: Database, log: Log) -> int:
    async with database.connection() as connection:
        return (await logs.state(connection, log.log_id)).size


async def test_of_two_processes_one_is_in_charge_and_the_other_takes_over_after_it(audit_db: Database) -> None:
    first, second = Sequencer(audit_db, KEEPER), Sequencer(audit_db, KEEPER)
    try:
        assert [await eventually(first.is_in_charge), await second.is_in_charge(), await first.is_in_charge()] == [True, False, True]
        await first.close()
        assert await eventually(second.is_in_charge)
    finally:
        await first.close()
        await second.close()


async def test_entries_are_acknowledged_and_come_again_without_a_second_effect(audit_db: Database, sequencer: Sequencer, log: Log) -> None:
    messages = [Message(m) for m in Producer("sharing").send(make_entry(), make_entry())]
    before = await size_of(audit_db, log)
    assert await eventually(sequencer.is_in_charge)

    assert await sequencer.take(messages, NOW) == 2
    assert await sequencer.take(messages, NOW) == 2

    assert [m.said for m in messages] == ["ack", "ack"]
    assert await size_of(audit_db, log) == before + 2


async def test_what_waits_is_not_acknowledged_and_an_unreadable_id_is_kept_once(audit_db: Database, sequencer: Sequencer, log: Log) -> None:
    assert log.organisation == "o5ek"
    *_, late = Producer("consent").send(make_entry(), make_entry(), make_entry())
    behind, nameless = Message(late), Message(Producer("consent").send(make_entry())[0])
    nameless.id = None
    assert await eventually(sequencer.is_in_charge)

    await sequencer.take([behind, nameless], NOW)
    await sequencer.take([nameless], NOW)

    assert (behind.said, nameless.said) == ("retry", "ack")
    async with audit_db.connection() as connection:
        assert await connection.fetchval("select count(*) from quarantine") == 1
        assert await find_trouble(connection, KEEPER, now=NOW + timedelta(seconds=59)) is None
        assert await find_trouble(connection, KEEPER, now=NOW + timedelta(seconds=61)) == "producer-waits"


async def test_a_sequencer_that_was_replaced_while_paused_writes_nothing(audit_db: Database, sequencer: Sequencer, log: Log) -> None:
    paused, active = Sequencer(audit_db, KEEPER), sequencer
    assert await eventually(paused.is_in_charge)
    assert paused._lock is not None
    async with audit_db.connection() as connection:
        pid = paused._lock.get_server_pid()
        await connection.execute("select pg_terminate_backend($1)", pid)  # PostgreSQL ends the session; the process does not know yet
    assert await eventually(active.is_in_charge)
    producer = Producer("sharing")
    producer.sequence, producer.link = await _position(audit_db)
    first, second = Message(producer.send(make_entry())[0]), Message(producer.send(make_entry())[0])
    assert await active.take([first], NOW) == 1
    before = await size_of(audit_db, log)

    with pytest.raises(Unavailable):
        await paused.take([second], NOW)

    assert second.said == ""
    assert await size_of(audit_db, log) == before


async def test_a_log_that_does_not_add_up_is_stopped_and_its_neighbours_go_on(audit_db: Database, sequencer: Sequencer, log: Log) -> None:
    async with audit_db.transaction() as tx:
        await tx.execute("update log_state set root = sha256('x') where log_id = $1", log.log_id)
    producer = Producer("sharing")
    producer.sequence, producer.link = await _position(audit_db)
    hit, neighbour = [Message(m) for m in producer.send(make_entry(), make_entry(organisation="o8st"))]
    assert await eventually(sequencer.is_in_charge)

    assert await sequencer.take([hit, neighbour], NOW) == 0
    assert (hit.said, neighbour.said) == ("", "")
    assert await sequencer.take([hit, neighbour], NOW) == 1

    assert (hit.said, neighbour.said) == ("ack", "ack")
    async with audit_db.connection() as connection:
        assert await find_trouble(connection, KEEPER, now=NOW) == "log-halted"
    assert await sequencer.publish(NOW + timedelta(minutes=1)) == 2  # o8st and the operator's, never the stopped one


async def _position(database: Database) -> tuple[int, bytes]:
    async with database.connection() as connection:
        row = await connection.fetchrow("select sequence, hash from producer where producer = 'sharing'")
    assert row is not None
    return row["sequence"], row["hash"]
