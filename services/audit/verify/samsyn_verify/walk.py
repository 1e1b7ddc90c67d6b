"""One pass over the entries of an archive: each is hashed anew, beside the hash that was kept when it came."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import islice

from .merkle import HASH, Tree
from .package import WIDTH, Package

Progress = Callable[[int, int], None]
NAMED = 10
"""Altered entries that are named one by one; the rest are counted."""


@dataclass
class Walk:
    """What the pass has found so far. `start`: the entries before it were hashed another time, and `rows` began with them."""

    rows: Tree = field(default_factory=Tree)
    start: int = 0
    kept: Tree | None = None
    """The tree of the kept hashes, from the first one on that differs from its row or is missing."""
    kept_whole: bool = True
    differing: list[tuple[int, bytes, bytes, bytes]] = field(default_factory=list)
    """(index, bytes now, hash kept, hash now), the first NAMED of them."""
    differing_count: int = 0
    extra: int = 0
    row_roots: dict[int, bytes] = field(default_factory=dict)
    kept_roots: dict[int, bytes] = field(default_factory=dict)


def walk(
    package: Package,
    size: int,
    wanted: Collection[int],
    progress: Progress | None = None,
    *,
    begun: Tree | None = None,
    save: Callable[[Tree], None] | None = None,
) -> Walk:
    """Tile by tile, with the roots at the `wanted` sizes. `begun`: the tree over the first entries; `save` is told now and then."""
    found = Walk(begun or Tree(), begun.size if begun else 0)
    stops, lines = sorted({w for w in wanted if found.start < w <= size}), package.entries(found.start)
    _note_roots(found, wanted)
    for n in range(found.start // WIDTH, -(-size // WIDTH)):
        first, width = found.rows.size, min(WIDTH, size - n * WIDTH)
        rows = list(islice(lines, n * WIDTH + width - first))
        _take(found, rows, package.kept_hashes(n, width)[(first - n * WIDTH) * HASH :], stops)
        if progress is not None:
            progress(found.rows.size, size)
        if save is not None and found.kept is None:
            save(found.rows)
        if found.rows.size < n * WIDTH + width:
            break
    found.extra = sum(1 for _ in lines)
    return found


def _take(found: Walk, rows: list[bytes], packed: bytes, stops: list[int]) -> None:
    """The next rows, at most a tile, and the hashes kept of them."""
    now = [hashlib.sha256(b"\x00" + row).digest() for row in rows]
    kept = now
    if packed != b"".join(now):
        kept = _compare(found, rows, now, [packed[i : i + HASH] for i in range(0, len(packed), HASH)])
    if found.kept is None and kept != now:
        found.kept = found.rows.copy()
    at = 0
    while at < len(now):
        here = found.rows.size
        while stops and stops[0] <= here:
            stops.pop(0)
        end = min(len(now), at + stops[0] - here) if stops else len(now)
        found.rows.extend(now[at:end])
        if found.kept is not None:
            found.kept.extend(kept[at:end])
        _note_roots(found, stops[:1])
        at = end


def _compare(found: Walk, rows: list[bytes], now: list[bytes], kept: list[bytes]) -> list[bytes]:
    """Note what differs; the kept hashes, with the row's own where one is missing."""
    first = found.rows.size
    whole = []
    for i, (row, own) in enumerate(zip(rows, now, strict=True)):
        was = kept[i] if i < len(kept) and len(kept[i]) == HASH else None
        found.kept_whole = found.kept_whole and was is not None
        whole.append(was or own)
        if was is not None and was != own:
            found.differing_count += 1
            if len(found.differing) < NAMED:
                found.differing.append((first + i, row, was, own))
    return whole


def _note_roots(found: Walk, wanted: Collection[int]) -> None:
    size = found.rows.size
    if size in wanted:
        found.row_roots[size] = found.rows.root()
        found.kept_roots[size] = (found.kept or found.rows).root()
