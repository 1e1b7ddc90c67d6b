"""The check of an archive. Steps as in README.md; each is numbered below."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .merkle import Tree, is_consistent, leaf_hash
from .note import Checkpoint, Key, NoteError, decode, open_checkpoint, read_keys
from .package import Package, PackageError
from .scope import check_scope
from .verdict import WHOLE, Verdict

Progress = Callable[[int, int], None]
NAMED = 10
"""Altered entries that are named one by one; the rest are counted."""


@dataclass
class Walk:
    """What one pass over the entries has found."""

    rows: Tree = field(default_factory=Tree)
    kept: Tree = field(default_factory=Tree)
    kept_whole: bool = True
    differing: list[tuple[int, bytes, bytes, bytes]] = field(default_factory=list)
    """(index, bytes now, hash kept, hash now), the first NAMED of them."""
    differing_count: int = 0
    extra: int = 0
    row_roots: dict[int, bytes] = field(default_factory=dict)
    kept_roots: dict[int, bytes] = field(default_factory=dict)


def check_archive(
    path: Path,
    *,
    kept: Sequence[bytes] = (),
    keys: Sequence[Key] | None = None,
    earlier: Path | None = None,
    progress: Progress | None = None,
) -> Verdict:
    """The verdict on an archive. `kept` are checkpoints that the reader has; `keys` theirs too, or None for the archive's own."""
    verdict = Verdict()
    try:
        with Package(path) as package:
            if package.manifest().is_scope:
                check_scope(verdict, package, keys, progress)
                return verdict
            _check(verdict, package, kept, keys, progress)
            if earlier is not None:
                _compare(verdict, package, earlier, keys)
    except PackageError as error:
        verdict.unknown(error.code, name=error.name)
    return verdict


def _check(verdict: Verdict, package: Package, kept: Sequence[bytes], keys: Sequence[Key] | None, progress: Progress | None) -> None:
    # (1) a known format
    manifest = package.manifest()
    verdict.log = manifest.origin
    verdict.step("step-format", when=manifest.exported_at)
    # (2) the checkpoint that all else is judged by
    trusted = _keys(verdict, package, keys)
    head = _signed(verdict, package.small("checkpoint"), trusted, "checkpoint", manifest.origin)
    if head is None:
        return
    if head.size != manifest.size:
        verdict.broken("manifest-differs", size=manifest.size, signed=head.size)
    verdict.step("step-signed", size=head.size)
    before = _earlier_checkpoints(verdict, package, kept, trusted, head)
    # (3) every entry anew from its bytes
    walk = _walk(package, head.size, {c.size for c in before} | {head.size}, progress)
    verdict.step("step-hashed", count=walk.rows.size)
    # (4) and (5) the signed roots, this one and each before it
    _judge(verdict, walk, head, before)
    _check_proofs(verdict, package, head, before)


def _keys(verdict: Verdict, package: Package, keys: Sequence[Key] | None) -> Sequence[Key]:
    if keys is not None:
        return keys
    verdict.remark("own-keys")
    try:
        return read_keys(package.small("keys.txt").decode("utf-8", "replace"))
    except NoteError:
        raise PackageError("file-unreadable", "keys.txt") from None


def _signed(verdict: Verdict, note: bytes, keys: Iterable[Key], name: str, origin: str) -> Checkpoint | None:
    """A checkpoint of this log, signed by a trusted key; otherwise None, and why is in the verdict."""
    own = [key for key in keys if key.name == origin]
    try:
        checkpoint = open_checkpoint(note, own)
    except NoteError as error:
        if error.code == "wrong-signature":
            verdict.broken("wrong-signature", name=name)
        else:
            verdict.unknown(f"checkpoint-{error.code}", name=name)
        return None
    if checkpoint.origin != origin:
        verdict.unknown("checkpoint-of-another-log", name=name, origin=checkpoint.origin)
        return None
    return checkpoint


def _earlier_checkpoints(
    verdict: Verdict, package: Package, kept: Sequence[bytes], keys: Sequence[Key], head: Checkpoint
) -> list[Checkpoint]:
    found = [_signed(verdict, note, keys, "--checkpoint", head.origin) for note in kept]
    notes = [str(record.get("note", "")).encode() for record in package.records("checkpoints.ndjson")]
    found += [_signed(verdict, note, keys, "checkpoints.ndjson", head.origin) for note in notes]
    good = [checkpoint for checkpoint in found if checkpoint is not None]
    for checkpoint in good:
        if checkpoint.size > head.size:
            verdict.broken("log-shrank", signed=checkpoint.size, size=head.size)
    return [checkpoint for checkpoint in good if checkpoint.size <= head.size]


def _walk(package: Package, size: int, wanted: set[int], progress: Progress | None) -> Walk:
    walk = Walk()
    kept_hashes = package.kept_hashes(size)
    for index, stored in enumerate(package.entries()):
        if index >= size:
            walk.extra += 1
            continue
        _note_roots(walk, wanted)
        now, kept = leaf_hash(stored), next(kept_hashes)
        walk.rows.add(now)
        walk.kept_whole = walk.kept_whole and kept is not None
        walk.kept.add(kept or now)
        if kept is not None and kept != now:
            walk.differing_count += 1
            if len(walk.differing) < NAMED:
                walk.differing.append((index, stored, kept, now))
        if progress is not None:
            progress(index + 1, size)
    _note_roots(walk, wanted)
    return walk


def _note_roots(walk: Walk, wanted: set[int]) -> None:
    if walk.rows.size in wanted:
        walk.row_roots[walk.rows.size] = walk.rows.root()
        walk.kept_roots[walk.rows.size] = walk.kept.root()


def _judge(verdict: Verdict, walk: Walk, head: Checkpoint, before: list[Checkpoint]) -> None:
    signed = sorted({(c.size, c.root) for c in (*before, head)})
    wrong = [(size, root) for size, root in signed if walk.row_roots.get(size) != root]
    if walk.extra:
        verdict.broken("entries-extra", count=walk.extra, size=head.size)
    if walk.rows.size < head.size:
        verdict.broken("entries-too-few", count=walk.rows.size, size=head.size)
    # The hashes kept when the entries came are believed as far as a signed root says they are those.
    proven = max((size for size, root in wrong if walk.kept_whole and walk.kept_roots.get(size) == root), default=0)
    for index, stored, kept, now in walk.differing:
        if index < proven:
            code = "entry-altered" if stored else "entry-missing"
            verdict.broken(code, index=index, kept=kept.hex(), now=now.hex(), size=proven, row=_describe(stored))
    if walk.differing_count > len(walk.differing) and proven:
        verdict.broken("entries-altered-more", count=walk.differing_count - len(walk.differing))
    if wrong and not proven:
        end = wrong[0][0]
        start = max((size for size, root in signed if size < end and (size, root) not in wrong), default=0)
        verdict.broken("rewritten-between", first=start, last=end - 1, size=end)
    if not wrong and walk.differing:
        verdict.broken("tile-altered", index=walk.differing[0][0])
    if not wrong and not walk.kept_whole:
        verdict.remark("tile-missing")
    if verdict.exit == WHOLE:
        verdict.step("step-root", size=head.size)
        verdict.step("step-earlier", count=len(before))


def _check_proofs(verdict: Verdict, package: Package, head: Checkpoint, before: list[Checkpoint]) -> None:
    roots = {c.size: c.root for c in before}
    count = 0
    for record in package.records("proofs.ndjson"):
        first, hashes = record.get("first"), record.get("hashes")
        if not isinstance(first, int) or not isinstance(hashes, list) or first not in roots:
            raise PackageError("file-unreadable", "proofs.ndjson")
        try:
            path = [decode(str(value)) for value in hashes]
        except NoteError:
            path = []
        if record.get("second") != head.size or not is_consistent(first, head.size, path, roots[first], head.root):
            verdict.broken("proof-wrong", first=first, second=head.size)
        count += 1
    if verdict.exit == WHOLE:
        verdict.step("step-proofs", count=count)


def _compare(verdict: Verdict, package: Package, earlier: Path, keys: Sequence[Key] | None) -> None:
    """(6) Entry by entry with an archive that the reader kept, and which must be whole itself."""
    own = check_archive(earlier, keys=keys)
    if own.exit != WHOLE or own.log != verdict.log:
        verdict.unknown("earlier-unusable", origin=own.log)
        return
    count = 0
    with Package(earlier) as old:
        entries = package.entries()
        for index, stored in enumerate(old.entries()):
            now = next(entries, b"")
            if now != stored:
                code = "entry-altered-since" if now else "entry-missing-since"
                verdict.broken(code, index=index, row=_describe(now), was=_describe(stored))
                return
            count += 1
    verdict.step("step-compared", count=count)


def _describe(stored: bytes) -> str:
    """Time and action as the row says now, in plain ASCII: what stands there is not believed, only shown."""
    try:
        value = json.loads(stored)
        return ascii(f"{value['at']} {value['action']}")[1:-1][:120]
    except (ValueError, RecursionError, KeyError, TypeError):
        return "?"
