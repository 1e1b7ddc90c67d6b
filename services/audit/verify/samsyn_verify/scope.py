"""The check of a part of a log: each entry by its own proof, and the manifest by its signature. Steps are numbered below."""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from .merkle import WrongProofError, leaf_hash, root_from_inclusion
from .note import Checkpoint, Key, NoteError, decode, open_checkpoint, open_note, read_keys
from .package import Package, PackageError
from .verdict import WHOLE, Verdict

Progress = Callable[[int, int], None]
_FILE = 1 << 28
_NAMED = 10
FIELDS = ("case_id", "subject")
TIMES = ("since", "until")


def check_scope(verdict: Verdict, package: Package, keys: Sequence[Key] | None, progress: Progress | None) -> None:
    """To believe the extract we (1) check who signed its manifest, (2) that each file is the one that was signed,
    (3) that the checkpoint is signed, (4) that each entry lies in the tree under it, and (5) belongs to the scope.
    """
    manifest = package.manifest()
    verdict.log = manifest.origin
    verdict.step("step-format", when=manifest.exported_at)
    trusted = keys if keys is not None else _own(verdict, package)
    said = _manifest(verdict, package, trusted, manifest.origin)  # (1)
    if said is None:
        return
    for name, digest in sorted(said["files"].items()):  # (2)
        if hashlib.sha256(package.small(name, _FILE)).hexdigest() != digest:
            verdict.broken("file-altered", name=name)
    head = _checkpoint(verdict, package, trusted, manifest.origin)  # (3)
    if head is None:
        return
    if head.size != said["size"]:
        verdict.broken("manifest-differs", size=said["size"], signed=head.size)
    verdict.step("step-signed", size=head.size)
    count = _entries(verdict, package, head, dict(str(one).split("=", 1) for one in said["scope"]), progress)
    if count != said["in_scope"]:
        verdict.broken("scope-count", count=count, said=said["in_scope"])
    if verdict.exit == WHOLE:
        verdict.step("step-scope", count=count, size=head.size, rest=head.size - count)
    verdict.remark("scope-word")


def _own(verdict: Verdict, package: Package) -> Sequence[Key]:
    verdict.remark("own-keys")
    try:
        return read_keys(package.small("keys.txt").decode("utf-8", "replace"))
    except NoteError:
        raise PackageError("file-unreadable", "keys.txt") from None


def _manifest(verdict: Verdict, package: Package, keys: Sequence[Key], origin: str) -> dict[str, Any] | None:
    """The signed words, when they are those that stand in the open."""
    attest = origin.rsplit("/", 2)[0] + "/attest"
    try:
        text = open_note(package.small("manifest.note"), [key for key in keys if key.name == attest])
    except NoteError as error:
        if error.code == "wrong-signature":
            verdict.broken("wrong-signature", name="manifest.note")
        else:
            verdict.unknown(f"checkpoint-{error.code}", name="manifest.note")
        return None
    if text != package.small("manifest.json"):
        verdict.broken("file-altered", name="manifest.json")
        return None
    try:
        said: dict[str, Any] = json.loads(text)
        fields = {str(one).partition("=")[0] for one in said["scope"]}
        whole = isinstance(said["in_scope"], int) and {"entries.ndjson", "proofs.ndjson", "checkpoint"} <= dict(said["files"]).keys()
        whole = whole and fields <= {*FIELDS, *TIMES} and all("=" in str(one) for one in said["scope"])
    except (ValueError, KeyError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise PackageError("file-unreadable", "manifest.json")
    return said


def _checkpoint(verdict: Verdict, package: Package, keys: Sequence[Key], origin: str) -> Checkpoint | None:
    try:
        head = open_checkpoint(package.small("checkpoint"), [key for key in keys if key.name == origin])
    except NoteError as error:
        if error.code == "wrong-signature":
            verdict.broken("wrong-signature", name="checkpoint")
        else:
            verdict.unknown(f"checkpoint-{error.code}", name="checkpoint")
        return None
    if head.origin != origin:
        verdict.unknown("checkpoint-of-another-log", name="checkpoint", origin=head.origin)
        return None
    return head


def _entries(verdict: Verdict, package: Package, head: Checkpoint, scope: dict[str, str], progress: Progress | None) -> int:
    proofs = package.records("proofs.ndjson")
    count, last, wrong = 0, -1, 0
    for stored in package.entries():
        index, path = _proof(next(proofs, {}))
        try:
            holds = root_from_inclusion(index, head.size, leaf_hash(stored), path) == head.root  # (4)
        except WrongProofError:
            holds = False
        code = "not-included" if not holds else "out-of-scope" if index <= last or not _is_in(stored, scope) else None  # (5)
        if code is not None:
            wrong += 1
            if wrong <= _NAMED:
                verdict.broken(code, index=index, size=head.size)
        count, last = count + 1, index
        if progress is not None:
            progress(count, count)
    if wrong > _NAMED:
        verdict.broken("entries-altered-more", count=wrong - _NAMED)
    return count


def _proof(record: dict[str, Any]) -> tuple[int, list[bytes]]:
    index, hashes = record.get("index"), record.get("hashes")
    if not isinstance(index, int) or not isinstance(hashes, list):
        raise PackageError("file-unreadable", "proofs.ndjson")
    try:
        return index, [decode(str(value)) for value in hashes]
    except NoteError:
        raise PackageError("file-unreadable", "proofs.ndjson") from None


def _is_in(stored: bytes, scope: dict[str, str]) -> bool:
    try:
        leaf = json.loads(stored)
        at = str(leaf["at"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    fits = all(leaf.get(name) == scope[name] for name in FIELDS if name in scope)
    return fits and scope.get("since", "") <= at and ("until" not in scope or at < scope["until"])
