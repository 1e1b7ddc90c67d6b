"""The signer: what it refuses whoever asks, what it remembers when it dies, and its keys."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from services.audit.domain import checkpoint, tree
from services.audit.domain.checkpoint import Head, SigningRefusedError
from services.audit.domain.log import LogBrokenError
from services.audit.events.sequencer import Sequencer
from services.audit.signer.client import SignerClient
from services.audit.signer.office import OVERLAP, Office
from services.audit.signer.store import Store
from services.audit.storage import logs
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.record_reading import record_refusal
from shared.database import Connection, Database
from shared.errors import Unavailable
from tests.audit.make import KEEPER, NOW, SEED, SIGNER, key_of, make_officer, make_world
from tests.eventually import eventually

ORIGIN = "audit.samsyn.example/audit/o5ek/2026"
LEAVES = [tree.leaf_hash(bytes([n])) for n in range(20)]


def head(size: int, leaves: list[bytes] = LEAVES) -> Head:
    grown = tree.Range()
    for leaf in leaves[:size]:
        grown.append(leaf)
    return Head(size=size, root=grown.root())


def path(first: int, second: int) -> list[bytes]:
    return tree.proof(tree.consistency_plan(first, second), lambda n: tree.subtree(LEAVES[n.position << n.height :][: 1 << n.height]))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(SEED, Store(tmp_path / "signed"))


def test_it_signs_what_continues_and_remembers_it_over_its_own_death(office: Office, tmp_path: Path) -> None:
    office.sign(ORIGIN, head(5), [], now=NOW)

    again = Office(SEED, Store(tmp_path / "signed"))

    assert again.last(ORIGIN) == head(5)
    note = again.sign(ORIGIN, head(9), path(5, 9), now=NOW)
    assert checkpoint.verify(note, key_of(ORIGIN)) is not None


@pytest.mark.parametrize(
    ("wanted", "proof", "code"),
    [
        (head(4), [], "smaller-than-signed"),
        (head(5, LEAVES[::-1]), [], "another-root"),
        (head(9, LEAVES[::-1]), path(5, 9), "not-a-continuation"),
        (head(9), [], "not-a-continuation"),
        (head(9), path(4, 9), "not-a-continuation"),
    ],
)
def test_whoever_asks_it_signs_nothing_that_contradicts(office: Office, wanted: Head, proof: list[bytes], code: str) -> None:
    office.sign(ORIGIN, head(5), [], now=NOW)

    with pytest.raises(SigningRefusedError, match=code):
        office.sign(ORIGIN, wanted, proof, now=NOW)

    assert office.last(ORIGIN) == head(5)


def test_a_clock_that_went_back_signs_nothing(office: Office) -> None:
    office.sign(ORIGIN, head(5), [], now=NOW)

    with pytest.raises(SigningRefusedError, match="clock-went-back"):
        office.sign(ORIGIN, head(9), path(5, 9), now=NOW - timedelta(seconds=2))


def test_after_a_rotation_both_keys_sign_for_thirty_days_and_then_the_new_one_alone(office: Office) -> None:
    office.sign(ORIGIN, head(5), [], now=NOW)
    assert office.rotate(ORIGIN, now=NOW)
    new, old = office.keys(ORIGIN)

    during = office.sign(ORIGIN, head(9), path(5, 9), now=NOW)
    after = office.sign(ORIGIN, head(12), path(9, 12), now=NOW + OVERLAP)

    assert old == key_of(ORIGIN)
    assert [checkpoint.verify(during, key) is not None for key in (new, old)] == [True, True]
    assert [checkpoint.verify(after, key) is not None for key in (new, old)] == [True, False]
    assert not office.rotate("never.signed/audit/x/2026", now=NOW)


def test_a_frozen_log_is_signed_no_more_and_another_is(office: Office) -> None:
    office.sign(ORIGIN, head(5), [], now=NOW)
    assert office.freeze(ORIGIN, now=NOW)
    assert not office.freeze(ORIGIN, now=NOW)
    assert not office.rotate(ORIGIN, now=NOW)

    with pytest.raises(SigningRefusedError, match="frozen"):
        office.sign(ORIGIN, head(9), path(5, 9), now=NOW)
    assert office.sign(ORIGIN + "x", head(9), [], now=NOW)


def test_what_is_no_checkpoint_is_signed_by_a_key_that_signs_no_checkpoints(office: Office) -> None:
    note = office.attest(KEEPER.attest_name, b"manifest\n")

    assert checkpoint.parse(note) is None
    assert KEEPER.attest_name.encode() in note
    for name, text in ((ORIGIN, b"x\n"), (KEEPER.attest_name, b"x"), (KEEPER.attest_name, b"\x00\n")):
        with pytest.raises(ValueError, match=r"key|text"):
            office.attest(name, text)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The real process at a real socket, with what it needs and nothing of audit's."""
    (tmp_path / "seed").write_bytes(SEED)
    opened = socket.socket(socket.AF_UNIX)
    opened.bind(str(tmp_path / "s"))
    opened.listen()
    environment = {
        "SAMSYN_SIGNING_KEY": str(tmp_path / "seed"),
        "SAMSYN_SIGNER_STORE": str(tmp_path / "signed"),
        "PYTHONPATH": str(Path.cwd()),
    }
    command = [sys.executable, "-m", "services.audit.signer", "serve", "--fd", str(opened.fileno())]
    with opened, subprocess.Popen(command, env=environment, pass_fds=(opened.fileno(),)) as started:
        yield started
        started.send_signal(signal.SIGTERM)
        assert started.wait(10) in {0, -signal.SIGKILL}


async def test_the_process_answers_at_its_socket_and_the_client_says_when_it_does_not(
    process: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    client = SignerClient(tmp_path / "s")

    assert await client.last(ORIGIN) is None
    assert await client.keys(ORIGIN) == (key_of(ORIGIN),)
    note = await client.sign(ORIGIN, head(5), [])
    assert checkpoint.verify(note, key_of(ORIGIN)) is not None
    assert await client.last(ORIGIN) == head(5)
    with pytest.raises(SigningRefusedError, match="smaller-than-signed"):
        await client.sign(ORIGIN, head(4), [])
    assert b"manifest" in await client.attest(KEEPER.attest_name, b"manifest\n")
    reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
    writer.write(b"{}\nno question\n")
    assert b"no-question" in await reader.readline()
    writer.close()

    process.kill()
    await eventually(lambda: process.poll() is not None, within=5)
    with pytest.raises(Unavailable):
        await client.last(ORIGIN)


async def test_a_database_that_is_older_than_what_was_signed_is_noticed_and_nothing_is_signed(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    log = await logs.find(audit_tx, "o5ek", 2026)
    assert log is not None
    assert await publish_checkpoint(audit_tx, KEEPER, log, now=NOW)
    SIGNER.forget()
    SIGNER.office.sign(log.origin, head(7), [], now=NOW)  # what a lost part of the log was signed with
    await record_refusal(audit_tx, KEEPER, make_officer(), "o5ek", now=NOW)

    with pytest.raises(LogBrokenError, match="smaller-than-signed"):
        await publish_checkpoint(audit_tx, KEEPER, log, now=NOW + timedelta(seconds=2))


async def test_without_the_signer_entries_are_taken_and_nothing_is_published(audit_db: Database, tmp_path: Path) -> None:
    async with audit_db.transaction() as tx:
        await make_world(tx)
    alone = msgspec.structs.replace(KEEPER, signer=SignerClient(tmp_path / "nobody"))
    sequencer = Sequencer(audit_db, alone)
    try:
        with pytest.raises(Unavailable):
            await sequencer.publish(NOW)
    finally:
        await sequencer.close()
    async with audit_db.connection() as connection:
        assert await connection.fetchval("select count(*) from halt") == 0
