"""The check of what is to be trusted (`GET /v1/trust`): who signed it, that it is logged, and that the reader's own keys stand in it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from .note import Key, NoteError, open_note, read_keys, split
from .proof import check_proof
from .verdict import WHOLE, Verdict
from .witnesses import Policy, read_policy

FORMAT = "samsyn-trust-v1"
_LONGEST = 1 << 22
_HEAD = 5  # lines before those that say whom to trust
_KEYS = ("log ", "attest ")
_POLICY = ("witness ", "group ", "quorum ")


@dataclass(frozen=True)
class Trust:
    """One version, as its text says."""

    host: str
    version: int
    previous: str
    keys: list[Key]
    policy: Policy


def check_trust(data: bytes, *, keys: Sequence[Key] | None, earlier: bytes | None = None) -> Verdict:
    """To rely on it we (1) check that a known attest key signed it, (2) that the root log holds its hash, under a checkpoint that a known
    key and the witnesses named in it have signed, (3) that each key of the reader stands in it, and (4) how it follows the one kept.
    """
    verdict = Verdict()
    read = _read(data)
    if read is None:
        verdict.unknown("not-a-trust-file")
        return verdict
    note, proof, trust = read
    verdict.log = f"{trust.host}/audit/root"
    if keys is None:
        verdict.unknown("no-keys")
        return verdict
    try:
        open_note(note, [key for key in keys if key.name == f"{trust.host}/audit/attest"], longest=_LONGEST)  # (1)
    except NoteError as error:
        if error.code == "wrong-signature":
            verdict.broken("wrong-signature", name="trust")
        else:
            verdict.unknown(f"checkpoint-{error.code}", name="trust")
        return verdict
    verdict.step("step-trust", version=trust.version)
    root = [key for key in keys if key.name == verdict.log or key.name.startswith(f"{verdict.log}-")]
    logged = check_proof(proof, keys=root, entry=hashlib.sha256(note).hexdigest().encode(), policy=trust.policy)  # (2)
    verdict.done += logged.done
    verdict.findings += logged.findings
    verdict.exit = logged.exit
    own, named = {(key.name, key.public) for key in keys}, {(key.name, key.public) for key in trust.keys}
    for name, _ in sorted(own - named):  # (3)
        verdict.broken("trust-key-unlogged", key=name)
    if named - own:
        verdict.remark("trust-keys-new", count=len(named - own))
    if earlier is not None:
        _compare(verdict, note, trust, earlier)
    return verdict


def key_lines(data: bytes) -> str:
    """The keys in it as a file for `--trust`; only of what `check_trust` found whole."""
    read = _read(data)
    lines = split(read[0], longest=_LONGEST)[0].decode().splitlines() if read else []
    return "".join(f"{line.partition(' ')[2]}\n" for line in lines[_HEAD:] if line.startswith(_KEYS))


def _compare(verdict: Verdict, note: bytes, trust: Trust, earlier: bytes) -> None:
    """(4) The version that the reader kept."""
    read = _read(earlier)
    if read is None or read[2].host != trust.host:
        verdict.unknown("not-a-trust-file")
        return
    kept, _, old = read
    goes_on = {0: kept == note, 1: trust.previous == hashlib.sha256(kept).hexdigest()}
    if not goes_on.get(trust.version - old.version, trust.version > old.version):
        verdict.broken("trust-went-back", version=trust.version, kept=old.version)
    elif trust.version > old.version + 1:
        verdict.remark("trust-between", count=trust.version - old.version - 1)
    elif verdict.exit == WHOLE:
        verdict.step("step-trust-follows", kept=old.version)


def _read(data: bytes) -> tuple[bytes, bytes, Trust] | None:
    if len(data) > _LONGEST:
        return None
    try:
        value = json.loads(data)
        note, proof = str(value["trust"]).encode(), str(value["proof"]).encode()
        lines = split(note, longest=_LONGEST)[0].decode().splitlines()
        head = dict(line.split(" ", 1) for line in lines[1:_HEAD])
        keys = [line.split(" ", 1)[1] for line in lines[_HEAD:] if line.startswith(_KEYS)]
        policy = read_policy("\n".join(line for line in lines[_HEAD:] if line.startswith(_POLICY)))
        trust = Trust(head["host"], int(head["version"]), head["previous"], read_keys("\n".join(keys)), policy)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError, NoteError):
        return None
    return (note, proof, trust) if lines[0] == FORMAT else None
