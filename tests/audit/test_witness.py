"""Witnesses of the root log: what they sign, what they refuse, what counts, and what an entry's proof rests on then."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from samsyn_connect.witness import NotWitnessed, Witness
from samsyn_connect.witness_server import WitnessApp
from samsyn_verify.note import read_keys
from samsyn_verify.proof import check_proof
from samsyn_verify.verdict import CANNOT_TELL, WHOLE
from samsyn_verify.witnesses import read_policy

from services.audit.domain.checkpoint import log_key
from services.audit.domain.cosignature import Policy, PolicyError, parse_policy, read_line
from services.audit.domain.log import Log
from services.audit.storage import logs
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.grow_root import INTERVAL, find_root, grow_root
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.watch_quorum import Quorum, read_witnessing
from services.audit.usecases.witness_root import best, offer, prove_witnessed, read_root, take
from shared.database import Connection
from tests.audit.make import KEEPER, NOW, Producer, key_of, make_entry, make_officer, make_world

ROOT_KEY = key_of("audit.samsyn.example/audit/root")


def make_witness(folder: Path, name: str = "o5ek") -> Witness:
    return Witness(f"{name}/witness", Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32)), ROOT_KEY, folder / f"{name}.json")


def policy_of(*witnesses: Witness, needed: int = 1) -> Policy:
    names = [w.verifier_key.partition("/")[0] for w in witnesses]
    lines = [f"witness {name} {w.verifier_key}" for name, w in zip(names, witnesses, strict=True)]
    return parse_policy("\n".join([*lines, f"group all-of-them {needed} {' '.join(names)}", "quorum all-of-them"]))


class Growing:
    """A root log that grows by one checkpoint of one log a turn."""

    def __init__(self, tx: Connection) -> None:
        self.tx, self.now, self.producer = tx, NOW, Producer()

    async def grow(self) -> Log:
        self.now += INTERVAL
        await append_entries(self.tx, KEEPER, self.producer.send(make_entry(at=NOW)), epoch=0, now=self.now)
        log = await logs.find(self.tx, "o5ek", 2026)
        assert log is not None
        await publish_checkpoint(self.tx, KEEPER, log, now=self.now)
        await grow_root(self.tx, KEEPER, now=self.now)
        return log

    async def offered(self, size: int) -> bytes:
        body = await offer(self.tx, size)
        assert body is not None
        return body


@pytest.fixture
async def growing(audit_tx: Connection) -> Growing:
    await make_world(audit_tx)
    made = Growing(audit_tx)
    for _ in range(3):
        await made.grow()
    return made


async def test_a_witness_signs_each_new_size_and_the_quorum_makes_a_proof_witnessed(growing: Growing, tmp_path: Path) -> None:
    tx, one, two = growing.tx, make_witness(tmp_path), make_witness(tmp_path, "o8st")
    policy = policy_of(one, two, needed=2)
    root = await find_root(tx)
    assert root is not None

    size, line = one.add_checkpoint(await growing.offered(0), growing.now)
    assert await take(tx, policy, "o5ek", size, line, now=growing.now)
    assert await best(tx, policy, root) is None
    size, line = two.add_checkpoint(await growing.offered(0), growing.now)
    assert await take(tx, policy, "o8st", size, line, now=growing.now)

    await growing.grow()
    proof = await prove_witnessed(tx, KEEPER, policy, make_officer(), "o5ek", 2026, now=growing.now)
    assert proof is not None
    assert (proof.witnesses, proof.quorum) == (2, True)
    assert f"\n{size}\n" in proof.proof
    text = "\n".join(f"witness {n} {w.verifier_key}" for n, w in (("o5ek", one), ("o8st", two)))
    outside = read_policy(f"{text}\ngroup both all o5ek o8st\nquorum both\n")
    verdict = check_proof(proof.proof.encode(), keys=read_keys(ROOT_KEY), policy=outside)
    assert (verdict.exit, [code for code, _ in verdict.done]) == (WHOLE, ["step-signed", "step-witnessed", "step-included"])
    lonely = proof.proof.replace(next(x for x in proof.proof.splitlines(keepends=True) if "o8st/witness" in x), "")
    assert check_proof(lonely.encode(), keys=read_keys(ROOT_KEY), policy=outside).exit == CANNOT_TELL
    false = proof.proof.replace(proof.proof[-8:], "AAAAAA=\n"[-8:])
    assert check_proof(false.encode(), keys=read_keys(ROOT_KEY), policy=outside).exit != WHOLE
    shown = await read_root(tx, policy)
    assert shown is not None
    assert shown.count("—".encode()) == 3
    again, line = one.add_checkpoint(await growing.offered(size), growing.now)
    assert again == size + 1
    assert await take(tx, policy, "o5ek", again, line, now=growing.now)
    assert await best(tx, policy, root) == await best(tx, policy_of(one, two, needed=2), root)


async def test_a_line_counts_only_for_the_organisation_that_brings_it_and_only_with_its_time(growing: Growing, tmp_path: Path) -> None:
    one, two = make_witness(tmp_path), make_witness(tmp_path, "o8st")
    policy = policy_of(one, two)
    size, line = one.add_checkpoint(await growing.offered(0), growing.now)

    assert not await take(growing.tx, policy, "o8st", size, line, now=growing.now)
    assert not await take(growing.tx, policy, "o9kl", size, line, now=growing.now)
    assert not await take(growing.tx, policy, "o5ek", size - 1, line, now=growing.now)
    assert not await take(growing.tx, policy, "o5ek", size, line.replace("A", "B", 1), now=growing.now)
    assert not await take(growing.tx, policy, "o5ek", size, line, now=growing.now + timedelta(minutes=6))
    assert await take(growing.tx, policy, "o5ek", size, line, now=growing.now)
    assert read_line(line, b"another text\n", policy.witnesses.values()) is None


async def test_a_witness_signs_no_log_that_shrank_forked_or_is_another(growing: Growing, tmp_path: Path) -> None:
    witness = make_witness(tmp_path)
    body = await growing.offered(0)
    witness.add_checkpoint(body, growing.now)
    before = witness.seen
    for changed, code in (
        (body, "another-size"),
        (body.replace(b"old 0", b"old 4"), "malformed"),
        (body.replace(b"/root\n", b"/toor\n", 1), "another-log"),
        (body.replace(b"\n3\n", b"\n2\n"), "wrong-signature"),
        (b"x", "malformed"),
        (body.replace(b"old 0", b"old -1"), "malformed"),
    ):
        with pytest.raises(NotWitnessed, match=code):
            witness.add_checkpoint(changed, growing.now)
    await growing.grow()
    good = await growing.offered(3)
    with pytest.raises(NotWitnessed, match="proof-wrong"):
        witness.add_checkpoint(good.replace(good.split(b"\n")[1], good.split(b"\n")[2]), growing.now)
    assert witness.seen == before
    assert make_witness(tmp_path).add_checkpoint(good, growing.now)[0] == 4
    with pytest.raises(NotWitnessed, match="shrank"):
        witness.add_checkpoint(body, growing.now)


async def test_each_refusal_has_the_status_of_the_standard(growing: Growing, tmp_path: Path) -> None:
    app = WitnessApp(make_witness(tmp_path), lambda: growing.now)
    body = await growing.offered(0)
    other = Witness(
        "w", Ed25519PrivateKey.generate(), log_key(bytes(32), "audit.samsyn.example/audit/root").verifier_key, tmp_path / "other.json"
    )

    status, line, _ = app.add_checkpoint(body)
    assert (status, line.startswith("— o5ek/witness ".encode())) == (200, True)
    await growing.grow()
    size = size_of(body)
    old = b"old %d" % size
    good = await growing.offered(size)
    new = size_of(good)
    wrong = good.replace(good.split(b"\n")[1], base64.b64encode(bytes(32)))
    for sent, expected in (
        (b"x", 400),
        (good.replace(old, b"old 0%d" % size), 400),
        (good.replace(old, b"old 99"), 400),
        (good.replace(b"\n%d\n" % new, b"\n%d\n" % (new + 1)), 403),
        (good.replace(b"/root\n", b"/toor\n", 1), 404),
        (good.replace(old, b"old 2"), 409),
        (body, 409),
        (wrong, 422),
        (good, 200),
    ):
        assert app.add_checkpoint(sent)[0] == expected
    assert WitnessApp(other).add_checkpoint(good)[0] == 403
    assert app.add_checkpoint(body)[1:] == (b"%d\n" % new, b"text/x.tlog.size")


def size_of(body: bytes) -> int:
    """Of the checkpoint in it."""
    return int(body.partition(b"\n\n")[2].split(b"\n")[1])


async def test_a_missing_quorum_is_said_after_an_hour_told_after_a_day_and_stops_after_three(growing: Growing, tmp_path: Path) -> None:
    tx, one, two = growing.tx, make_witness(tmp_path), make_witness(tmp_path, "o8st")
    policy, stop = policy_of(one, two), timedelta(hours=72)
    hours = [0, 2, 25, 73]

    async def states(policy: Policy, stop: timedelta | None) -> list[Quorum]:
        return [(await read_witnessing(tx, policy, stop, now=growing.now + timedelta(hours=h))).state for h in hours]

    said = [Quorum.HELD, Quorum.MISSING, Quorum.LONG_MISSING]
    assert await states(policy, stop) == [*said, Quorum.STOPPED]
    assert await states(policy, None) == [*said, Quorum.LONG_MISSING]
    assert await states(Policy(), stop) == [Quorum.NONE_DEMANDED] * 4

    size, line = one.add_checkpoint(await growing.offered(0), growing.now)
    assert await take(tx, policy, "o5ek", size, line, now=growing.now)
    assert await states(policy, stop) == [Quorum.HELD] * 4  # nothing waits: an idle log asks nobody
    found = await read_witnessing(tx, policy, stop, now=growing.now)
    assert (found.signed, found.known, found.witnessed_size, found.waiting_since) == (("o5ek",), ("o5ek", "o8st"), size, None)
    await growing.grow()
    assert (await read_witnessing(tx, policy, stop, now=growing.now)).waiting_since == growing.now


def test_a_policy_is_read_strictly_and_counts_groups_in_groups(tmp_path: Path) -> None:
    keys = [make_witness(tmp_path, name).verifier_key for name in ("a", "b", "c")]
    text = f"log {ROOT_KEY}\nwitness a {keys[0]}  # one\nwitness b {keys[1]} https://w.example\nwitness c {keys[2]}\n"
    policy = parse_policy(text + "group inner any b c\ngroup outer all a inner\nquorum outer\n")

    assert [policy.is_enough(s) for s in (["a"], ["b", "c"], ["a", "c"], ["a", "b", "c"], [])] == [False, False, True, True, False]
    for wrong in (
        "quorum x",
        "group g 3 a b",
        "group g 0 a",
        "group g any x",
        f"witness a {keys[1]}",
        "witness d x+00+AA==",
        "what",
        "group g any a a",
    ):
        with pytest.raises(PolicyError, match="line 5"):
            parse_policy(text + wrong)
