"""Taking in, taking in again, losing a transaction, restarting, signing, proving, in any order: the log is its list (46, 47)."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import proofbundle.merkle as other
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.audit.domain import checkpoint, tree
from services.audit.domain.log import FencedError
from services.audit.domain.tiles import Tile, hash_in, tile_of
from services.audit.signer.store import Store
from services.audit.storage import checkpoints, entries, logs
from services.audit.usecases.append_entries import Incoming, Outcome, append_entries
from services.audit.usecases.grow_tiles import tiles_for
from services.audit.usecases.prove_inclusion import inclusion_path
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.scrub_log import scrub_step
from shared.chain import next_link
from shared.database import Connection
from tests.audit.make import KEEPER, NOW, SIGNER, Producer, key_of, make_entry, make_world

ACTS = ("take", "take", "again", "crash", "restart", "sign", "prove", "scrub")


class Machine:
    """The real log beside a list of the hashes that were acknowledged, and every head that was ever published."""

    def __init__(self, tx: Connection) -> None:
        self.tx, self.now, self.epoch = tx, NOW, 0
        self.producer = Producer()
        self.sent: list[Incoming] = []
        self.model: list[bytes] = []
        self.published: list[checkpoints.Signed] = []

    async def log(self) -> Any:
        found = await logs.find(self.tx, "o5ek", 2026)
        assert found is not None
        return found

    async def take(self, count: int) -> None:
        messages = self.producer.send(*(make_entry() for _ in range(count)))
        assert set((await append_entries(self.tx, KEEPER, messages, epoch=self.epoch, now=self.now)).values()) == {Outcome.SEQUENCED}
        self.sent += messages
        await self.remember()

    async def remember(self) -> None:
        log = await self.log()
        rows = await entries.between(self.tx, 2026, log.log_id, len(self.model), 1 << 30)
        self.model += [tree.leaf_hash(row.stored) for row in rows]

    async def again(self, count: int) -> None:
        if self.sent:
            outcomes = await append_entries(self.tx, KEEPER, self.sent[-count:], epoch=self.epoch, now=self.now)
            assert set(outcomes.values()) == {Outcome.SEQUENCED}

    async def crash(self, count: int) -> None:
        """The service dies before its commit; the producer sends the same again."""
        number, link = self.producer.sequence, self.producer.link
        savepoint = self.tx.transaction()
        await savepoint.start()
        messages = self.producer.send(*(make_entry() for _ in range(count)))
        await append_entries(self.tx, KEEPER, messages, epoch=self.epoch, now=self.now)
        await savepoint.rollback()
        self.producer.sequence, self.producer.link = number, link
        outcomes = await append_entries(self.tx, KEEPER, messages, epoch=self.epoch, now=self.now)
        assert set(outcomes.values()) == {Outcome.SEQUENCED}
        self.producer.sequence, self.producer.link = messages[-1].sequence or 0, _link(messages[-1])
        self.sent += messages
        await self.remember()

    async def restart(self, _count: int) -> None:
        """Another sequencer takes over; the one before writes nothing any more."""
        self.epoch += 1
        await self.take(1)
        messages = Producer("consent").send(make_entry())
        savepoint = self.tx.transaction()
        await savepoint.start()
        with pytest.raises(FencedError):
            await append_entries(self.tx, KEEPER, messages, epoch=self.epoch - 1, now=self.now)
        await savepoint.rollback()

    async def sign(self, _count: int) -> None:
        self.now += timedelta(seconds=1)
        SIGNER.now = self.now
        log = await self.log()
        signed = await publish_checkpoint(self.tx, KEEPER, log, now=self.now)
        if signed is not None:
            assert checkpoint.verify(signed.note, key_of(log.origin)) is not None
            self.published.append(signed)

    async def prove(self, count: int) -> None:
        """An entry under the newest head, and every older head in the newest, also by somebody else's code."""
        if not self.published:
            return
        log, newest = await self.log(), self.published[-1]
        index = count % newest.size
        (row,) = await entries.between(self.tx, 2026, log.log_id, index, index + 1)
        path = await inclusion_path(self.tx, log, row, newest.size)
        assert tree.verify_inclusion(self.model[index], index, newest.size, path, newest.root)
        assert other.verify_inclusion(row.stored, index, newest.size, path, newest.root)
        for older in self.published:
            plan = tree.consistency_plan(older.size, newest.size)
            held = await tiles_for(self.tx, log.log_id, 2026, newest.size, (node for nodes in plan for node in nodes))
            proof = tree.proof(plan, lambda node, held=held: tree_hash(held, node))  # type: ignore[misc]
            assert tree.verify_consistency(older.size, newest.size, proof, older.root, newest.root)

    async def scrub(self, _count: int) -> None:
        assert await scrub_step(self.tx, await self.log(), now=self.now)

    async def check(self) -> None:
        log = await self.log()
        state = await logs.state(self.tx, log.log_id)
        assert state.size == len(self.model) == 1 + len(self.sent)
        stands = checkpoints.Signed(log_id=log.log_id, size=state.size, root=state.root, note=b"", signed_at=self.now)
        for head in (*self.published, stands):
            grown = tree.Range()
            for leaf in self.model[: head.size]:
                grown.append(leaf)
            assert grown.root() == head.root


def tree_hash(held: dict[Tile, bytes], node: tree.Node) -> bytes:
    return hash_in(node, held[tile_of(node)])


def _link(message: Incoming) -> bytes:
    assert message.sequence is not None
    assert message.previous_hash is not None
    return next_link(message.previous_hash, message.sequence, message.body)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(1, 300)), min_size=3, max_size=14))
async def test_whatever_happens_in_whatever_order_the_log_is_what_was_acknowledged(audit_db: object, acts: list[tuple[str, int]]) -> None:
    async with audit_db.pool.acquire() as tx:  # type: ignore[attr-defined]
        transaction = tx.transaction()
        await transaction.start()
        SIGNER.forget()
        try:
            await make_world(tx)
            machine = Machine(tx)
            await machine.remember()
            for act, count in [*acts, ("sign", 1), ("prove", 7), ("scrub", 1)]:
                await getattr(machine, act)(count)
            await machine.check()
        finally:
            SIGNER.now = NOW
            await transaction.rollback()


SIGNING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from services.audit.domain import tree
from services.audit.domain.checkpoint import Head
from services.audit.signer.office import Office
from services.audit.signer.store import Store
office, grown, leaves = Office(bytes(32), Store(Path(sys.argv[1]))), tree.Range(), []
for size in range(1, 5000):
    leaves.append(tree.leaf_hash(b"%d" % size))
    grown.append(leaves[-1])
    last = office.last("log")
    if last is None or last.size < size:
        plan = tree.consistency_plan(last.size if last else 0, size)
        path = tree.proof(plan, lambda n: tree.subtree(leaves[n.position << n.height :][: 1 << n.height]))
        office.sign("log", Head(size=size, root=grown.root()), path, now=datetime.now(UTC))
        sys.stdout.write(f"{size}\\n")
        sys.stdout.flush()
"""


def test_a_signer_that_is_killed_at_any_moment_has_remembered_every_signature_that_left_it(tmp_path: Path) -> None:
    folder, most = tmp_path / "signer", 0
    for turn in range(8):
        signer = subprocess.Popen([sys.executable, "-c", SIGNING, str(folder)], stdout=subprocess.PIPE, text=True)
        assert signer.stdout is not None
        first = signer.stdout.readline()
        assert first, "it signs again after each kill"
        until = time.monotonic() + 0.003 * turn
        while time.monotonic() < until:
            pass
        os.kill(signer.pid, signal.SIGKILL)
        said = [int(line) for line in [first, *signer.stdout] if line.endswith("\n")]
        signer.stdout.close()
        signer.wait()
        known = Store(folder).known("log")
        assert known is not None
        assert said[0] > most
        assert known.head.size >= said[-1]
        most = said[-1]
