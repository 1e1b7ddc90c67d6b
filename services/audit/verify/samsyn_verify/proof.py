"""The check of one entry's proof (C2SP tlog-proof) with the entry's bytes in it."""

import json
import re
from collections.abc import Sequence

from .merkle import WrongProofError, leaf_hash, root_from_inclusion
from .note import Key, NoteError, decode, open_checkpoint
from .verdict import Verdict
from .witnesses import Policy, cosigned

_FIRST = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile("index (0|[1-9][0-9]{0,18})", re.ASCII)
_LONGEST = 1 << 20


def check_proof(data: bytes, *, keys: Sequence[Key] | None, entry: bytes | None = None, policy: Policy | None = None) -> Verdict:
    """The verdict on one proof. `entry` are the bytes the reader has; without, those that the proof carries are shown.

    To trust an entry we (1) read the proof, (2) check the checkpoint's signature, (3) recompute the leaf hash from the entry's
    bytes, (4) walk the inclusion proof, (5) compare with the signed root. The reader does (6): is this entry what they think it is?
    """
    verdict = Verdict()
    try:
        index, path, extra, note = _read(data)  # (1)
    except NoteError:
        verdict.unknown("not-a-proof")
        return verdict
    verdict.log = ascii(note.decode("utf-8", "replace").split("\n", 1)[0])[1:-1]
    if keys is None:
        verdict.unknown("no-keys")
        return verdict
    try:
        checkpoint = open_checkpoint(note, keys)  # (2)
    except NoteError as error:
        if error.code == "wrong-signature":
            verdict.broken("wrong-signature", name="checkpoint")
        else:
            verdict.unknown(f"checkpoint-{error.code}", name="checkpoint")
        return verdict
    verdict.log = checkpoint.origin
    verdict.step("step-signed", size=checkpoint.size)
    if policy is not None:
        _check_witnesses(verdict, note, policy)
    stored = entry if entry is not None else extra
    if stored is None:
        verdict.unknown("no-entry")
        return verdict
    try:
        root = root_from_inclusion(index, checkpoint.size, leaf_hash(stored), path)  # (3), (4)
    except WrongProofError:
        root = b""
    if root != checkpoint.root:  # (5)
        verdict.broken("not-included", index=index, size=checkpoint.size)
        return verdict
    verdict.step("step-included", index=index, size=checkpoint.size)
    verdict.remark("entry-shown", entry=_readable(stored))
    return verdict


def _check_witnesses(verdict: Verdict, note: bytes, policy: Policy) -> None:
    try:
        signed = cosigned(note, policy)
    except NoteError:
        verdict.broken("wrong-signature", name="cosignature")
        return
    if policy.holds(signed):
        verdict.step("step-witnessed", count=len(signed), names=", ".join(sorted(signed)) or "-")
    else:
        verdict.unknown("quorum-missing", count=len(signed), names=", ".join(sorted(signed)) or "-")


def _read(data: bytes) -> tuple[int, list[bytes], bytes | None, bytes]:
    head, blank, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise NoteError("malformed") from error
    if len(data) > _LONGEST or not blank or lines.pop(0) != _FIRST or not lines:
        raise NoteError("malformed")
    extra = decode(lines.pop(0)[6:]) if lines[0].startswith("extra ") else None
    match = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if match is None:
        raise NoteError("malformed")
    return int(match[1]), [decode(line) for line in lines], extra, note


def _readable(stored: bytes) -> str:
    try:
        return json.dumps(json.loads(stored), ensure_ascii=True, indent=2)
    except (ValueError, RecursionError):
        return ascii(stored)
