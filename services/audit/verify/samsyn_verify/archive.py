"""The check of an archive. Steps as in README.md; each is numbered below."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from .merkle import Tree, is_consistent
from .note import Checkpoint, Key, NoteError, decode, open_checkpoint, read_keys
from .package import Package, PackageError
from .scope import check_scope
from .state import Keeping, StateError
from .verdict import CANNOT_TELL, WHOLE, Verdict
from .walk import Progress, Walk, walk


def check_archive(
    path: Path,
    *,
    kept: Sequence[bytes] = (),
    keys: Sequence[Key] | None = None,
    earlier: Path | None = None,
    progress: Progress | None = None,
    state: Path | None = None,
    anew: bool = False,
) -> Verdict:
    """The verdict on an archive. `kept` are checkpoints that the reader has; `keys` theirs too, or None for the archive's own.

    `state`: a file of the reader's in which stands what was verified before: only what is new is hashed, unless `anew`.
    """
    verdict = Verdict()
    try:
        keeping = Keeping(state) if state is not None else None
        with Package(path) as package:
            if package.manifest().is_scope:
                check_scope(verdict, package, keys, progress)
                return verdict
            check = _Check(package, kept, keys, progress)
            verdict = check.go_on(keeping) if keeping is not None and keys is not None and not anew else check.whole(keeping)
            if state is not None and keys is None:
                verdict.remark("state-needs-trust")
            if earlier is not None:
                _compare(verdict, package, earlier, keys)
    except PackageError as error:
        verdict.unknown(error.code, name=error.name)
    except StateError:
        verdict.unknown("state-unreadable", name=str(state))
    return verdict


class _Check:
    """The check of one archive of a whole log, by what the reader brings."""

    def __init__(self, package: Package, kept: Sequence[bytes], keys: Sequence[Key] | None, progress: Progress | None) -> None:
        self._package, self._kept, self._keys, self._progress = package, kept, keys, progress

    def go_on(self, keeping: Keeping) -> Verdict:
        """Hash only what is new since. Whatever does not add up then is looked at again from the first entry on."""
        last = keeping.last
        for begun in (last.begun, last.tree):
            if begun is not None and (verdict := self._run(keeping, begun)).exit == WHOLE:
                verdict.remark("resumed", count=begun.size)
                return verdict
        return self.whole(keeping)

    def whole(self, keeping: Keeping | None) -> Verdict:
        """From the first entry on; what the reader's file says was signed is one of the checkpoints to hold."""
        return self._run(keeping, None)

    def _run(self, keeping: Keeping | None, begun: Tree | None) -> Verdict:
        verdict, package = Verdict(), self._package
        # (1) a known format
        manifest = package.manifest()
        verdict.log = manifest.origin
        verdict.step("step-format", when=manifest.exported_at)
        # (2) the checkpoint that all else is judged by
        trusted, note = _keys(verdict, package, self._keys), package.small("checkpoint")
        head = _signed(verdict, note, trusted, "checkpoint", manifest.origin)
        if head is None:
            return verdict
        if head.size != manifest.size:
            verdict.broken("manifest-differs", size=manifest.size, signed=head.size)
        verdict.step("step-signed", size=head.size)
        kept = [("--checkpoint", one) for one in self._kept]
        if keeping is not None and keeping.last.note and self._keys is not None:
            kept.append(("--state", keeping.last.note))
        before = _earlier_checkpoints(verdict, package, kept, trusted, head)
        if begun is not None and not _reaches(package, begun.size, head, before):
            verdict.exit = verdict.exit or CANNOT_TELL  # from here; as a whole it may be told
            return verdict
        # (3) every entry anew from its bytes
        save = keeping.note if keeping is not None and self._keys is not None else None
        tree = None if begun is None else begun.copy()
        found = walk(package, head.size, {c.size for c in before} | {head.size}, self._progress, begun=tree, save=save)
        verdict.step("step-hashed", count=found.rows.size - found.start)
        # (4) and (5) the signed roots, this one and each before it
        _judge(verdict, found, head, before)
        _check_proofs(verdict, package, head, before)
        if keeping is not None and self._keys is not None and verdict.exit == WHOLE:
            keeping.found_whole(note, found.rows)
        return verdict


def _reaches(package: Package, start: int, head: Checkpoint, before: Sequence[Checkpoint]) -> bool:
    """Whether every checkpoint below `start` can be judged without hashing what lies below it: by a proof in the archive."""
    proven = {record.get("first") for record in package.records("proofs.ndjson")}
    return start <= head.size and all(c.size >= start or c.size in proven for c in before)


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
    verdict: Verdict, package: Package, kept: Sequence[tuple[str, bytes]], keys: Sequence[Key], head: Checkpoint
) -> list[Checkpoint]:
    found = [_signed(verdict, note, keys, name, head.origin) for name, note in kept]
    notes = [str(record.get("note", "")).encode() for record in package.records("checkpoints.ndjson")]
    found += [_signed(verdict, note, keys, "checkpoints.ndjson", head.origin) for note in notes]
    good = [checkpoint for checkpoint in found if checkpoint is not None]
    for checkpoint in good:
        if checkpoint.size > head.size:
            verdict.broken("log-shrank", signed=checkpoint.size, size=head.size)
    return [checkpoint for checkpoint in good if checkpoint.size <= head.size]


def _judge(verdict: Verdict, found: Walk, head: Checkpoint, before: list[Checkpoint]) -> None:
    signed = sorted({(c.size, c.root) for c in (*before, head) if c.size >= found.start})
    wrong = [(size, root) for size, root in signed if found.row_roots.get(size) != root]
    if found.extra:
        verdict.broken("entries-extra", count=found.extra, size=head.size)
    if found.rows.size < head.size:
        verdict.broken("entries-too-few", count=found.rows.size, size=head.size)
    # The hashes kept when the entries came are believed as far as a signed root says they are those.
    proven = max((size for size, root in wrong if found.kept_whole and found.kept_roots.get(size) == root), default=0)
    for index, stored, kept, now in found.differing:
        if index < proven:
            code = "entry-altered" if stored else "entry-missing"
            verdict.broken(code, index=index, kept=kept.hex(), now=now.hex(), size=proven, row=_describe(stored))
    if found.differing_count > len(found.differing) and proven:
        verdict.broken("entries-altered-more", count=found.differing_count - len(found.differing))
    if wrong and not proven:
        end = wrong[0][0]
        start = max((size for size, root in signed if size < end and (size, root) not in wrong), default=0)
        verdict.broken("rewritten-between", first=start, last=end - 1, size=end)
    if not wrong and found.differing:
        verdict.broken("tile-altered", index=found.differing[0][0])
    if not wrong and not found.kept_whole:
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
