"""`python -m tests.bench.audit [--long] [--out FOLDER]`: what the log costs beside the bare database and the bare bus.

What counts are ratios of two things that had their turns in the same run on the same machine; figures per second are printed, not judged.
Results: a table, `audit.json` and `audit.svg` in FOLDER.
"""

import argparse
import asyncio
import gc
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from samsyn_verify.archive import check_archive
from samsyn_verify.note import read_keys

from services.audit.domain.log import Log
from services.audit.domain.tree import leaf_hash
from services.audit.events.sequencer import BATCH, Sequencer
from services.audit.storage import checkpoints, entries, logs
from services.audit.usecases.append_entries import Incoming, append_entries
from services.audit.usecases.export_archive import copy_archive
from services.audit.usecases.open_log import open_operators_log
from services.audit.usecases.prove_inclusion import inclusion_path, prove_inclusion
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.remember_register import remember_grant, remember_organisation
from services.audit.usecases.search_entries import Search, search_entries
from shared import streams, subjects
from shared.bus import Bus
from shared.database import Database
from shared.received import bind
from tests.audit.make import KEEPER, NOW, Producer, key_of, make_entry, make_grant, make_officer, make_organisation
from tests.bench.ground import database_of, folder_for_all
from tests.bench.measure import Line, run, show
from tests.bench.plot import Bar, write_svg
from tests.nats_fixture import Nats, free_port

ROUNDS, ROUND_BATCHES = 5, 8
PERSONS, CASES = 5_000, 2_000
LOGS = 1_000
SAMPLES = 300
YEAR = 2026


def organisation(number: int) -> str:
    """The `number`th of the bench's organisations."""
    return f"o{number:04d}"


class Load:
    """Entries of a fixed seed, numbered and linked as a relay does it."""

    def __init__(self, name: str, organisations: int) -> None:
        self._chance = random.Random(f"{name} {organisations}")  # noqa: S311  the same load in every run, and no secret
        self._producer, self._organisations = Producer(name), organisations
        self._persons = [UUID(int=self._chance.getrandbits(128)) for _ in range(PERSONS)]
        self.cases = [UUID(int=self._chance.getrandbits(128)) for _ in range(CASES)]

    def batch(self, size: int = BATCH) -> list[Incoming]:
        """The next messages."""
        return self._producer.send(*(self._entry() for _ in range(size)))

    def _entry(self) -> Any:
        pick = self._chance.randrange
        return make_entry(
            organisation=organisation(pick(self._organisations)),
            actor=f"https://login.example user{pick(PERSONS)}",
            subject=self._persons[pick(PERSONS)],
            case_id=self.cases[pick(CASES)],
            purpose="P_SUPPORT",
        )


async def in_rounds(one: Callable[[], Awaitable[float]], other: Callable[[], Awaitable[float]]) -> tuple[float, float]:
    """Rate of `one`, and its ratio to `other`: medians of rounds in which both had their turn, the first turn by turn."""
    await one(), await other()
    pairs = []
    for number in range(ROUNDS):
        first = await (one if number % 2 else other)()
        second = await (other if number % 2 else one)()
        pairs.append((first, second) if number % 2 else (second, first))
    return statistics.median(a for a, _ in pairs), statistics.median(a / b for a, b in pairs)


async def timed(work: Awaitable[object], done: int) -> float:
    """How many a second."""
    gc.collect()
    began = time.perf_counter()
    await work
    return done / (time.perf_counter() - began)


async def prepare(database: Database, count: int) -> None:
    """The operator's log, and so many organisations with their logs."""
    async with database.transaction() as tx:
        await open_operators_log(tx, KEEPER, now=NOW)
    for number in range(count):
        async with database.transaction() as tx:
            await remember_organisation(tx, make_organisation(organisation(number)), keeper=KEEPER, now=NOW)
    async with database.transaction() as tx:
        await remember_grant(tx, make_grant(organisation(0)), now=NOW)


async def append(database: Database, batches: Sequence[list[Incoming]]) -> None:
    """As the sequencer does it, without the bus."""
    for batch in batches:
        async with database.transaction() as tx:
            await append_entries(tx, KEEPER, batch, epoch=0, now=NOW)


async def core(database: Database, owner: str) -> list[Line]:
    """Our whole way in, against COPY of the same bytes into a table with a primary key; a thousand logs against one."""
    bare = await asyncpg.connect(owner)
    await bare.execute("create table bare (year smallint, log_id bigint, entry_index bigint primary key, entry_id uuid, stored bytea)")
    one, many, copied, index = Load("sharing", 1), Load("consent", LOGS), Load("copy", 1), 0

    async def ours(load: Load) -> float:
        batches = [load.batch() for _ in range(ROUND_BATCHES)]
        return await timed(append(database, batches), BATCH * ROUND_BATCHES)

    async def copies() -> float:
        nonlocal index
        batches = []
        for messages in (copied.batch() for _ in range(ROUND_BATCHES)):
            batches.append([(YEAR, 1, index + at, m.message_id, m.body) for at, m in enumerate(messages)])
            index += BATCH
        return await timed(_copy(bare, batches), BATCH * ROUND_BATCHES)

    lines = []
    rate, ratio = await in_rounds(lambda: ours(one), copies)
    lines.append(Line("entries into one log, without the bus", rate, ratio, "bare COPY", 0.35))
    rate, ratio = await in_rounds(lambda: ours(many), lambda: ours(one))
    lines.append(Line(f"entries into {LOGS:,} logs", rate, ratio, "one log", 0.75))
    await bare.close()
    return lines


async def _copy(bare: Any, batches: Sequence[Sequence[tuple[Any, ...]]]) -> None:
    for batch in batches:
        async with bare.transaction():
            await bare.copy_records_to_table("bare", records=batch)


async def through_the_bus(database: Database, server: Nats) -> list[Line]:
    """From JetStream to commit and acknowledgement, against fetching and acknowledging alone."""
    load, sequencer = Load("sharing", 1), Sequencer(database, KEEPER)
    load = await _continued(database, load)  # the chain goes on where the core's bench left it
    async with server.bus("audit") as bus:
        await bus.js.add_consumer("SHARING", durable_name="bare", ack_policy="explicit", max_ack_pending=4096)
        pull, bare = bind(bus, "sharing", streams.ENTRIES), await bus.js.pull_subscribe_bind(consumer="bare", stream="SHARING")
        number = BATCH * ROUND_BATCHES

        async def ours() -> float:
            await _publish(bus, load, number)
            return await timed(_take(sequencer, pull, number), number)

        async def alone() -> float:
            return await timed(_drain(bare, number), number)

        await ours(), await alone()
        pairs = [(await ours(), await alone()) for _ in range(ROUNDS)]
        await pull.close()
        await sequencer.close()
    rate, ratio = statistics.median(a for a, _ in pairs), statistics.median(a / b for a, b in pairs)
    return [Line("entries from JetStream to commit and acknowledgement", rate, ratio, "bare fetch and ack", 0.5)]


async def _continued(database: Database, load: Load) -> Load:
    async with database.connection() as connection:
        row = await connection.fetchrow("select sequence, hash from producer where producer = 'sharing'")
    if row is not None:
        load._producer.sequence, load._producer.link = row["sequence"], row["hash"]
    return load


async def _publish(bus: Bus, load: Load, number: int) -> None:
    for _ in range(number // BATCH):
        acks = []
        for message in load.batch():
            assert message.previous_hash is not None
            headers = {
                "Nats-Msg-Id": str(message.message_id),
                "ce-id": str(message.message_id),
                "samsyn-sequence": str(message.sequence),
                "samsyn-previous": message.previous_hash.hex(),
            }
            acks.append(await bus.js.publish_async(subjects.event("sharing", "entry"), message.body, headers=headers))
        await asyncio.gather(*acks)


async def _take(sequencer: Sequencer, pull: Any, number: int) -> None:
    while number > 0:
        number -= await sequencer.run_once(pull, NOW)


async def _drain(durable: Any, number: int) -> None:
    while number > 0:
        messages = await durable.fetch(BATCH, timeout=2)
        for message in messages:
            await message.ack()
        number -= len(messages)


async def reading(database: Database, cases: Sequence[UUID]) -> tuple[list[Line], list[str]]:
    """Proofs from tiles, whole answers with their own entry, and searches: half and all but one in a hundred, in milliseconds."""
    chance, officer, said = random.Random(7), make_officer(organisation(0)), []  # noqa: S311  the same places in every run
    async with database.transaction() as tx:
        log = await logs.find(tx, organisation(0), YEAR)
        assert log is not None
        signed = await publish_checkpoint(tx, KEEPER, log, now=NOW + timedelta(hours=1)) or await checkpoints.last(tx, log.log_id)
        assert signed is not None
    places = [chance.randrange(signed.size) for _ in range(SAMPLES)]

    async def prove(place: int) -> None:
        async with database.transaction() as tx:
            (row,) = await entries.between(tx, YEAR, log.log_id, place, place + 1)
            await inclusion_path(tx, log, row, signed.size)

    async def answer(place: int) -> None:
        async with database.transaction() as tx:
            (row,) = await entries.between(tx, YEAR, log.log_id, place, place + 1)
            await prove_inclusion(tx, KEEPER, officer, row.entry_id, now=NOW)

    async def search(place: int) -> None:
        async with database.transaction() as tx:
            found = Search(organisation=organisation(0), year=YEAR, case_id=cases[place % len(cases)])
            await search_entries(tx, KEEPER, officer, found, now=NOW)

    lines = []
    works = (("inclusion proofs from tiles", prove), ("proofs with their reading's entry", answer), ("searches by case", search))
    for what, work in works:
        taken = [await _milliseconds(work(place)) for place in places]
        cuts = statistics.quantiles(taken, n=100)
        said.append(f"  {what}, {signed.size:,} entries: median {cuts[49]:.2f} ms, 99 of 100 within {cuts[98]:.2f} ms")
        lines.append(Line(what, 1000 / cuts[49], None, ""))
    return lines, said


async def _milliseconds(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return 1000 * (time.perf_counter() - began)


async def verifying(database: Database, folder: Path) -> list[Line]:
    """`samsyn-verify archive` over the whole log, against hashing the same bytes and doing nothing else."""
    file = folder / "log.zip"
    async with database.transaction() as tx:
        log = await logs.find(tx, organisation(0), YEAR)
        assert log is not None
        with file.open("wb") as out:
            assert await copy_archive(tx, organisation(0), YEAR, out, now=NOW)
        rows = [row.stored for row in await entries.between(tx, YEAR, log.log_id, 0, 50_000)]
    return [_verify(file, log, rows)]


def _verify(file: Path, log: Log, rows: Sequence[bytes]) -> Line:
    pairs = []
    for _ in range(3):
        began = time.perf_counter()
        verdict = check_archive(file, keys=read_keys(key_of(log.origin)))
        ours = time.perf_counter() - began
        assert verdict.exit == 0, verdict
        count = next(facts["count"] for code, facts in verdict.done if code == "step-hashed")
        began = time.perf_counter()
        for row in rows:
            leaf_hash(row)
        pairs.append((int(str(count)) / ours, len(rows) / (time.perf_counter() - began)))
    rate = statistics.median(a for a, _ in pairs)
    return Line("rows of an archive verified, one core (goal 100,000/s)", rate, statistics.median(a / b for a, b in pairs), "bare SHA-256")


async def measure(folder: Path, *, long: bool) -> tuple[list[Line], list[str]]:
    """All of it on one machine of its own."""
    async with AsyncExitStack() as stack:
        database, owner = await stack.enter_async_context(database_of("audit", size=4))
        server = Nats(folder_for_all(), free_port())
        await server.start()
        stack.callback(server.stop)
        await prepare(database, LOGS)
        lines = await core(database, owner)
        lines += await through_the_bus(database, server)
        if long:
            await fill(database, 10_000_000)
        read, said = await reading(database, Load("sharing", 1).cases)
        return [*lines, *read, *await verifying(database, folder)], said


async def fill(database: Database, size: int) -> None:
    """The first organisation's log up to this size, by its own way in."""
    load = await _continued(database, Load("sharing", 1))
    for done in _shown(size // BATCH):
        await append(database, [load.batch()])
        if done % 400 == 0:
            async with database.transaction() as tx:
                log = await logs.find(tx, organisation(0), YEAR)
                assert log is not None
                await publish_checkpoint(tx, KEEPER, log, now=NOW + timedelta(seconds=done))


def _shown(turns: int) -> Iterator[int]:
    """A bar on standard error."""
    for done in range(turns):
        if done % 400 == 0:
            full = 40 * done // turns
            sys.stderr.write(f"\r[{'#' * full}{'.' * (40 - full)}] {100 * done // turns} %")
            sys.stderr.flush()
        yield done
    sys.stderr.write("\n")


def main() -> None:
    """The table, and the two files."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.audit")
    parser.add_argument("--long", action="store_true", help="read at 10 million entries")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="samsyn-bench-") as folder:
        lines, said = run(measure(Path(folder), long=given.long))
    show("The audit log", lines)
    sys.stdout.write("\n".join([*said, ""]))
    (given.out / "audit.json").write_bytes(msgspec.json.format(msgspec.json.encode([line._asdict() for line in lines])))
    bars = [Bar(f"{line.what} : {line.against}", line.ratio, line.goal) for line in lines if line.ratio is not None]
    write_svg(given.out / "audit.svg", "The audit log, as ratios to bare work in the same run", bars)
    sys.stdout.write(f"{given.out / 'audit.json'}, {given.out / 'audit.svg'}\n")


if __name__ == "__main__":
    main()
