"""Whom to trust is signed and logged whenever it changes, and the stand-alone verifier checks the reader's own keys against it."""

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from samsyn_verify.note import read_keys
from samsyn_verify.trust import check_trust
from samsyn_verify.verdict import BROKEN, CANNOT_TELL, WHOLE

from services.audit.domain.cosignature import Policy, parse_policy
from services.audit.domain.trust import registrar_key
from services.audit.usecases.grow_root import INTERVAL, grow_root
from services.audit.usecases.log_trust import Trusted, log_trust, prove_trust
from services.audit.usecases.witness_root import offer, take
from shared.database import Connection
from tests.audit.make import KEEPER, NOW, key_of, make_world
from tests.audit.test_witness import make_witness
from tests.verify.test_archive import run

HOST = KEEPER.host
OWN = "\n".join(key_of(f"{HOST}/audit/{name}") for name in ("root", "attest", "o5ek/2026"))
REGISTRARS = {"o3ra": registrar_key({"crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})}


async def told(tx: Connection, given: Trusted, policy: Policy, turn: int) -> bytes:
    """The answer of /v1/trust, some turns of the loops later."""
    now = NOW + turn * INTERVAL
    await log_trust(tx, KEEPER, given, now=now)
    await grow_root(tx, KEEPER, now=now + INTERVAL / 2)
    found = await prove_trust(tx, policy)
    assert found is not None
    return msgspec.json.encode(found)


async def test_each_change_is_a_signed_version_in_the_root_log_and_the_verifier_follows_them(audit_tx: Connection, tmp_path: Path) -> None:
    await make_world(audit_tx)
    witness = make_witness(tmp_path)
    policy_text = f"log {key_of(f'{HOST}/audit/root')}  # left out\nwitness o5ek {witness.verifier_key}\nquorum o5ek\n"
    policy = parse_policy(policy_text)

    first = await told(audit_tx, Trusted(), Policy(), 0)
    assert await log_trust(audit_tx, KEEPER, Trusted(), now=NOW + timedelta(hours=1)) is None
    verdict = check_trust(first, keys=read_keys(OWN))
    assert (verdict.exit, [code for code, _ in verdict.done]) == (WHOLE, ["step-trust", "step-signed", "step-witnessed", "step-included"])
    assert verdict.remarks == [("trust-keys-new", {"count": 1})]  # the operator's own log

    second = await told(audit_tx, Trusted(policy=policy_text, registrars=REGISTRARS), policy, 1)
    text = json.loads(second)["trust"]
    assert "version 2\n" in text
    assert f"registrar o3ra {REGISTRARS['o3ra']}\nwitness o5ek " in text
    assert text.count(key_of(f"{HOST}/audit/root")) == 1
    lonely = check_trust(second, keys=read_keys(OWN), earlier=first)
    assert (lonely.exit, [code for code, _ in lonely.findings]) == (CANNOT_TELL, ["quorum-missing"])

    body = await offer(audit_tx, 0)
    assert body is not None
    size, line = witness.add_checkpoint(body, NOW)
    assert await take(audit_tx, policy, "o5ek", size, line, now=NOW)
    witnessed = await told(audit_tx, Trusted(policy=policy_text, registrars=REGISTRARS), policy, 2)
    whole = check_trust(witnessed, keys=read_keys(OWN), earlier=first)
    assert (whole.exit, [code for code, _ in whole.done][-1]) == (WHOLE, "step-trust-follows")
    assert json.loads(witnessed)["quorum"] is True
    assert check_trust(first, keys=read_keys(OWN), earlier=second).findings == [("trust-went-back", {"version": 1, "kept": 2})]


async def test_two_keys_compared_once_give_all_others(audit_tx: Connection, tmp_path: Path) -> None:
    await make_world(audit_tx)
    answer, kept, given = tmp_path / "trust.json", tmp_path / "two.txt", tmp_path / "keys.txt"
    answer.write_bytes(await told(audit_tx, Trusted(registrars=REGISTRARS), Policy(), 0))
    kept.write_text("\n".join(key_of(f"{HOST}/audit/{name}") for name in ("root", "attest")))

    done = run("trust", answer, "--trust", kept, "--keys", given, "--lang", "en")

    assert (done.returncode, "Version 1 of what is to be trusted is signed." in done.stdout) == (WHOLE, True)
    assert sorted(key.name for key in read_keys(given.read_text())) == [
        f"{HOST}/audit/{x}" for x in ("attest", "o1op/2026", "o5ek/2026", "root")
    ]
    kept.write_text(key_of(f"{HOST}/audit/root"))
    given.unlink()
    assert run("trust", answer, "--trust", kept, "--keys", given).returncode == CANNOT_TELL
    assert not given.exists()


async def test_a_key_that_was_never_logged_or_a_text_that_was_altered_is_found(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    good = await told(audit_tx, Trusted(registrars=REGISTRARS), Policy(), 0)
    value = json.loads(good)
    stranger = key_of(f"{HOST}/audit/o8st/2026")

    unlogged = check_trust(good, keys=read_keys(f"{OWN}\n{stranger}"))
    assert unlogged.findings == [("trust-key-unlogged", {"key": f"{HOST}/audit/o8st/2026"})]
    for altered, code in (
        (value | {"trust": value["trust"].replace("registrar o3ra", "registrar o4rb")}, "wrong-signature"),
        (value | {"proof": value["proof"].replace("\nindex ", "\nindex 1")}, "not-included"),
    ):
        verdict = check_trust(json.dumps(altered).encode(), keys=read_keys(OWN))
        assert (verdict.exit, verdict.findings[0][0]) == (BROKEN, code)
    for junk in (b"", b"{}", b"[" * 10_000, json.dumps({"trust": "x", "proof": "y"}).encode()):
        assert check_trust(junk, keys=read_keys(OWN)).findings == [("not-a-trust-file", {})]
    assert check_trust(good, keys=None).exit == CANNOT_TELL
    other = check_trust(good, keys=read_keys(key_of(f"{HOST}/audit/root")))
    assert other.findings == [("checkpoint-unknown-key", {"name": "trust"})]


def test_a_registrar_s_key_is_an_ed25519_key_or_the_house_does_not_start() -> None:
    for jwk in ({}, {"crv": "Ed25519", "x": "AAAA"}, {"crv": "P-256", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}):
        with pytest.raises(ValueError, match="registrar"):
            registrar_key(jwk)
