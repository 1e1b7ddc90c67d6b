"""The attacks of rule 48 that are not on rows (those: `test_root.py`). Each is found, and how soon is printed (`pytest -s`)."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from samsyn_connect.witness import NotWitnessed

from services.audit.domain import tree
from services.audit.domain.checkpoint import Checkpoint, Head, SigningRefusedError, log_key, sign
from services.audit.domain.cosignature import make_line
from services.audit.domain.log import FencedError, LogBrokenError, root_origin
from services.audit.storage import checkpoints, logs
from services.audit.usecases.append_entries import Outcome, append_entries
from services.audit.usecases.check_logs import LONGEST_HOLD, find_trouble
from services.audit.usecases.compare_signed import compare_signed
from services.audit.usecases.grow_root import INTERVAL, find_root
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.watch_quorum import Quorum, read_witnessing
from services.audit.usecases.witness_root import best, take
from shared.database import Connection
from tests.audit.make import KEEPER, NOW, SEED, SIGNER, Producer, make_entry, make_world
from tests.audit.test_witness import Growing, growing, make_witness, policy_of

__all__ = ["growing"]

ROOT = root_origin("audit.samsyn.example")
WITNESS_TURN = timedelta(minutes=5)
"""How often the connector's manual lets a kit ask."""


@contextmanager
def found(what: str, at: str) -> Iterator[None]:
    """States when it is found in daily life, and how long the look takes."""
    began = time.perf_counter()
    yield
    print(f"\nfound: {what}: {at}, in {1000 * (time.perf_counter() - began):.1f} ms")  # noqa: T201  rule 48: with a stated time


def forged(size: int) -> tuple[Head, bytes]:
    """A root log that never was, signed with the stolen key of the true one."""
    fork = tree.Range()
    for number in range(size):
        fork.append(tree.leaf_hash(b"never was %d" % number))
    head = Head(size=size, root=fork.root())
    return head, sign(log_key(SEED, ROOT), head, None, [])


def body_of(old: int, path: list[bytes], note: bytes) -> bytes:
    return f"old {old}\n{''.join(base64.b64encode(h).decode() + chr(10) for h in path)}\n".encode() + note


@pytest.mark.parametrize("size", [3, 9])
async def test_a_stolen_key_that_signs_a_fork_is_refused_by_every_witness_that_has_seen_the_log(
    growing: Growing, tmp_path: Path, size: int
) -> None:
    witness = make_witness(tmp_path)
    witness.add_checkpoint(await growing.offered(0), growing.now)

    with (
        found(f"stolen key, fork of size {size}", f"at the witness's next turn, at most {WITNESS_TURN} later"),
        pytest.raises(NotWitnessed, match="forked" if size == 3 else "proof-wrong"),
    ):
        witness.add_checkpoint(body_of(3, [bytes(32)] * (0 if size == 3 else 3), forged(size)[1]), growing.now)


async def test_a_fork_that_is_published_in_our_own_database_stops_the_log_at_the_next_checkpoint(growing: Growing) -> None:
    tx = growing.tx
    root = await find_root(tx)
    assert root is not None
    head, note = forged(4)
    await checkpoints.insert(tx, checkpoints.Signed(log_id=root.log_id, size=4, root=head.root, note=note, signed_at=growing.now))

    with found("forged checkpoint in the database", f"at the next one, {INTERVAL} later"), pytest.raises(LogBrokenError):
        await twice(growing)


async def twice(growing: Growing) -> None:
    await growing.grow()
    await growing.grow()


async def test_a_thief_at_the_signer_is_refused_a_fork_and_a_step_back(growing: Growing) -> None:
    fork = forged(9)[0]
    for head, path, code in (
        (fork, [bytes(32)] * 4, "not-a-continuation"),
        (Head(size=3, root=fork.root), [], "another-root"),
        (Head(size=1, root=fork.root), [], "smaller-than-signed"),
    ):
        with found(f"signer asked for a lie, {code}", "at once"), pytest.raises(SigningRefusedError, match=code):
            SIGNER.office.sign(ROOT, head, path, now=growing.now)


async def test_witnesses_that_lie_come_late_or_sign_a_fork_make_no_quorum(growing: Growing, tmp_path: Path) -> None:
    tx, liar, honest = growing.tx, make_witness(tmp_path, "o8st"), make_witness(tmp_path)
    policy = policy_of(honest, liar, needed=2)
    root = await find_root(tx)
    assert root is not None
    size, line = honest.add_checkpoint(await growing.offered(0), growing.now)
    assert await take(tx, policy, "o5ek", size, line, now=growing.now)
    private = Ed25519PrivateKey.from_private_bytes(b"o8st".ljust(32))
    public, moment = private.public_key().public_bytes_raw(), int(growing.now.timestamp())
    fork = Checkpoint(origin=ROOT, size=3, root=forged(3)[0].root).text()
    true = (await growing.offered(3)).partition(b"\n\n")[2].rpartition(b"\n\n")[0] + b"\n"

    with found("lying, late and forking witness", "at once: the line does not count"):
        for text, at in ((fork, moment), (true, moment - 301), (true, moment + 301)):
            assert not await take(tx, policy, "o8st", 3, make_line("o8st/witness", public, private.sign, text, at), now=growing.now)

    assert await best(tx, policy, root) is None
    told = await read_witnessing(tx, policy, None, now=growing.now + timedelta(hours=1, seconds=1))
    assert told.state is Quorum.MISSING  # and the missing quorum is said after an hour
    assert await take(tx, policy, "o8st", 3, make_line("o8st/witness", public, private.sign, true, moment), now=growing.now)
    assert await best(tx, policy, root) is not None


async def test_yesterdays_backup_is_stopped_at_start_and_witnesses_know_more_than_it(growing: Growing, tmp_path: Path) -> None:
    tx, witness = growing.tx, make_witness(tmp_path)
    savepoint = tx.transaction()
    await savepoint.start()
    for _ in range(3):
        await growing.grow()
    witness.add_checkpoint(await growing.offered(0), growing.now)
    await savepoint.rollback()  # the database is yesterday's; signer and witness are today's

    with found("yesterday's backup", "at start, before anything is taken"):
        behind = await compare_signed(tx, KEEPER, now=growing.now)
    assert {b.reason for b in behind} == {"smaller-than-signed"}
    assert len(behind) == 2  # the organisation's log and the root log
    with found("yesterday's backup", f"by a witness, at most {WITNESS_TURN} later"), pytest.raises(NotWitnessed, match="shrank"):
        witness.add_checkpoint(await growing.offered(6), growing.now)


async def test_a_second_sequencer_with_an_older_epoch_writes_nothing(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    producer = Producer()
    await append_entries(audit_tx, KEEPER, producer.send(make_entry()), epoch=2, now=NOW)

    with found("two sequencers", "at the older one's next batch"), pytest.raises(FencedError):
        await append_entries(audit_tx, KEEPER, producer.send(make_entry()), epoch=1, now=NOW)


async def test_a_producer_that_skips_a_number_or_forges_one_is_found(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    producer, forger = Producer(), Producer()
    first, lost, third = producer.send(make_entry(), make_entry(), make_entry())
    await append_entries(audit_tx, KEEPER, [first], epoch=0, now=NOW)
    (fork,) = forger.send(make_entry())
    outcomes = await append_entries(audit_tx, KEEPER, [fork, third], epoch=0, now=NOW)

    assert (outcomes[fork.message_id], outcomes[third.message_id]) == (Outcome.REJECTED, Outcome.WAITING)
    assert await find_trouble(audit_tx, KEEPER, now=NOW + LONGEST_HOLD) is None
    with found("a producer's number that is missing", f"{LONGEST_HOLD} later, at readiness; a fork at once, in the operator's log"):
        assert await find_trouble(audit_tx, KEEPER, now=NOW + LONGEST_HOLD + timedelta(seconds=1)) == "producer-waits"
    await append_entries(audit_tx, KEEPER, [lost, third], epoch=0, now=NOW)
    assert await find_trouble(audit_tx, KEEPER, now=NOW + LONGEST_HOLD * 2) is None


async def test_rows_that_are_altered_before_they_are_signed_are_never_signed(as_owner: Connection) -> None:
    await make_world(as_owner)
    await append_entries(as_owner, KEEPER, Producer().send(*(make_entry() for _ in range(5))), epoch=0, now=NOW)
    log = await logs.find(as_owner, "o5ek", 2026)
    assert log is not None
    await as_owner.execute("update entry set stored = stored || ' '::bytea where entry_index = 3 and log_id = $1", log.log_id)

    with (
        found("a row altered before its checkpoint", "at that checkpoint, a second later"),
        pytest.raises(LogBrokenError, match="row-altered at index 3"),
    ):
        await publish_checkpoint(as_owner, KEEPER, log, now=NOW)
