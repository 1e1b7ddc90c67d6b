"""The hammer: writers and verifying readers at once, and the sequencer killed again and again; afterwards everything is verified (A47)."""

import asyncio
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from samsyn_verify.archive import check_archive
from samsyn_verify.merkle import is_consistent, leaf_hash, root_from_inclusion
from samsyn_verify.note import open_checkpoint, read_keys
from samsyn_verify.verdict import WHOLE

from services.audit.domain import leaf as leaves
from services.audit.domain.log import Log
from services.audit.storage import checkpoints, entries, logs, roots
from services.audit.usecases.export_archive import copy_archive
from services.audit.usecases.prove_consistency import prove_consistency
from services.audit.usecases.prove_inclusion import inclusion_path
from services.audit.usecases.scrub_log import scrub_step
from services.audit.usecases.search_entries import Search, search_entries
from shared import subjects
from shared.bus import Bus
from shared.clock import utc_now
from shared.database import Database
from shared.ids import opaque_id
from tests.audit.hammering import PRODUCERS, keeper_on
from tests.audit.make import Producer, key_of, make_entry, make_officer, make_world
from tests.conftest import Clone, Cluster
from tests.eventually import eventually
from tests.nats_fixture import Nats

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]
ORGANISATIONS = tuple(f"o{number}" for number in range(10, 18))
EACH = 6_000
"""Entries of each producer."""
BATCH = 100
KILL_EVERY = 1_500
"""Sequenced entries between two kills."""
AGAIN = 0.03
"""Share of messages that are published twice."""


class Hammer:
    """One log service with two candidates for the work, its writers and its readers."""

    def __init__(self, database: Database, url: str, server: Nats, folder: Path) -> None:
        self.database, self.keeper = database, keeper_on(folder)
        self._command = [sys.executable, "-m", "tests.audit.hammering", url, server.url, str(server.folder), str(folder)]
        self._processes: list[subprocess.Popen[bytes]] = []
        self.sent: dict[str, list[UUID]] = {name: [] for name in PRODUCERS}
        self.checked: Counter[str] = Counter()
        self.done = asyncio.Event()

    def start(self) -> None:
        self._processes.append(subprocess.Popen(self._command, cwd=ROOT))

    def kill(self, number: int) -> None:
        """Without a warning; another takes its place."""
        process = self._processes.pop(number % len(self._processes))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        self.start()

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait(10)

    async def sequenced(self) -> int:
        async with self.database.connection() as connection:
            return int(await connection.fetchval("select coalesce(sum(sequence), 0) from producer"))

    async def write(self, bus: Bus, name: str) -> None:
        """A producer's relay: in order, now and then twice."""
        chance, producer = random.Random(name), Producer(name)  # noqa: S311  the same load in every run, and no secret
        children = [UUID(int=chance.getrandbits(128)) for _ in range(500)]
        for _ in range(EACH // BATCH):
            acks = []
            for message in producer.send(
                *(
                    make_entry(
                        organisation=chance.choice(ORGANISATIONS),
                        actor=f"p{chance.randrange(300)}",
                        subject=chance.choice(children),
                        at=utc_now(),
                    )
                    for _ in range(BATCH)
                )
            ):
                assert message.previous_hash is not None
                self.sent[name].append(message.message_id)
                for _ in range(2 if chance.random() < AGAIN else 1):
                    headers = {
                        "Nats-Msg-Id": str(opaque_id()),
                        "ce-id": str(message.message_id),
                        "samsyn-sequence": str(message.sequence),
                        "samsyn-previous": message.previous_hash.hex(),
                    }
                    acks.append(await bus.js.publish_async(subjects.event(name, "entry"), message.body, headers=headers))
            await asyncio.gather(*acks)

    async def read(self, number: int) -> None:
        """Checkpoints that go on from each other, proofs, and searches that are entries themselves, until all is written."""
        chance = random.Random(number)  # noqa: S311  the same places in every run
        seen: dict[str, tuple[int, bytes]] = {}
        while not self.done.is_set():
            organisation = chance.choice(ORGANISATIONS)
            async with self.database.transaction() as tx:
                log = await logs.find(tx, organisation, utc_now().year)
                signed = await checkpoints.last(tx, log.log_id) if log else None
            if log is None or signed is None:
                await self.sequenced()
                continue
            head = open_checkpoint(signed.note, read_keys(key_of(log.origin)))
            size, root = seen.get(organisation, (0, b""))
            officer = make_officer(organisation)
            async with self.database.transaction() as tx:
                path = (
                    await prove_consistency(tx, self.keeper, officer, organisation, log.year, size, head.size, now=utc_now())
                    if size
                    else []
                )
            assert size == 0 or (path is not None and is_consistent(size, head.size, path, root, head.root))
            seen[organisation] = head.size, head.root
            await self._prove(log, chance.randrange(head.size), head.size, head.root)
            async with self.database.transaction() as tx:
                found = await search_entries(tx, self.keeper, officer, Search(organisation=organisation, year=log.year), now=utc_now())
            assert found is not None
            self.checked["checkpoints"] += 1

    async def _prove(self, log: Log, index: int, size: int, root: bytes) -> None:
        async with self.database.transaction() as tx:
            (row,) = await entries.between(tx, log.year, log.log_id, index, index + 1)
            path = await inclusion_path(tx, log, row, size)
        assert root_from_inclusion(index, size, leaf_hash(row.stored), path) == root
        self.checked["proofs"] += 1

    async def kills(self) -> int:
        """After so many entries each, until the writers' last is in."""
        number = 0
        for mark in range(KILL_EVERY, len(PRODUCERS) * EACH, KILL_EVERY):
            await eventually(lambda mark=mark: self._reached(mark), within=180)  # type: ignore[misc]
            self.kill(number)
            number += 1
        await eventually(lambda: self._reached(len(PRODUCERS) * EACH), within=180)
        return number

    async def _reached(self, mark: int) -> bool:
        return await self.sequenced() >= mark


@pytest.fixture
async def hammer(cluster: Cluster, clone: Clone, own_nats: Nats, tmp_path: Path) -> AsyncIterator[Hammer]:
    async with clone("audit") as name:
        database = await Database.open(cluster.url("audit", name), size=8)
        made = Hammer(database, cluster.url("audit", name), own_nats, tmp_path / "signer")
        async with database.transaction() as tx:
            await make_world(tx, *ORGANISATIONS, now=utc_now())
        try:
            made.start()
            made.start()
            yield made
        finally:
            made.stop()
            await database.close()


async def test_nothing_is_lost_doubled_or_unprovable_under_writers_readers_and_kills(
    hammer: Hammer, own_nats: Nats, tmp_path: Path
) -> None:
    async with own_nats.bus("hammer") as bus, asyncio.TaskGroup() as group:
        for name in PRODUCERS:
            group.create_task(hammer.write(bus, name))
        readers = [group.create_task(hammer.read(number)) for number in range(2)]
        killed = await hammer.kills()
        hammer.done.set()
        await asyncio.gather(*readers)
    assert killed == len(PRODUCERS) * EACH // KILL_EVERY - 1
    assert min(hammer.checked["checkpoints"], hammer.checked["proofs"]) > 20

    await eventually(lambda: all_signed(hammer.database), within=60)
    hammer.stop()
    order: dict[str, list[tuple[int, UUID]]] = {name: [] for name in PRODUCERS}
    async with hammer.database.transaction() as tx:
        for organisation in (*ORGANISATIONS, hammer.keeper.operator):
            log = await logs.find(tx, organisation, utc_now().year)
            assert log is not None
            size = (await logs.state(tx, log.log_id)).size
            assert await roots.count_facts(tx, log.year, log.log_id, size) == size
            while not await scrub_step(tx, log, now=utc_now()):
                pass
            for row in await entries.between(tx, log.year, log.log_id, 0, size):
                leaf = leaves.decode(row.stored)
                if leaf.producer in order:
                    assert leaf.producer_sequence is not None
                    order[leaf.producer].append((leaf.producer_sequence, UUID(leaf.entry_id)))
            archive = tmp_path / f"{organisation}.zip"
            with archive.open("wb") as out:
                assert await copy_archive(tx, organisation, log.year, out, now=utc_now())
            verdict = check_archive(archive, keys=read_keys(key_of(log.origin)))
            assert (verdict.exit, verdict.findings) == (WHOLE, [])
        assert await tx.fetchval("select count(*) from quarantine") == 0
        assert await tx.fetchval("select count(*) from halt") == 0
    for name in PRODUCERS:
        assert [entry_id for _, entry_id in sorted(order[name])] == hammer.sent[name]
        assert [sequence for sequence, _ in sorted(order[name])] == list(range(1, EACH + 1))


async def all_signed(database: Database) -> bool:
    async with database.connection() as connection:
        return not await logs.unsigned(connection)
