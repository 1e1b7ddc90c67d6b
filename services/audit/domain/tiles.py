"""Where a node's hash lies: the tiles of C2SP tlog-tiles, 256 hashes wide, and their paths."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from services.audit.domain.tree import HASH_SIZE, Node, subtree

WIDTH = 256
_HEIGHT = 8

_TILE_PATH = re.compile(r"([0-9]|[1-5][0-9]|6[0-3]|entries)/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


class Tile(NamedTuple):
    """The `n`-th tile of a level; its hashes are of subtrees of `256**level` leaves."""

    level: int
    n: int


class TilePath(NamedTuple):
    """What a path under `tile/` asks for. `level` None: an entry bundle. `width` 256: the full tile."""

    level: int | None
    n: int
    width: int


def parse_path(text: str) -> TilePath | None:
    """Read what follows `tile/`, strictly: no superfluous zero, no other spelling of the same tile; None when it is none."""
    match = _TILE_PATH.fullmatch(text)
    if match is None:
        return None
    level, groups, last, partial = match.groups()
    if groups.startswith("x000"):
        return None
    width = int(partial) if partial else WIDTH
    if partial and width >= WIDTH:
        return None
    n = int(groups.replace("x", "").replace("/", "") + last)
    return TilePath(None if level == "entries" else int(level), n, width)


def format_path(level: int | None, n: int, width: int = WIDTH) -> str:
    """The path under `tile/`: `0/x001/x234/067`, partial tiles with `.p/<width>`."""
    parts = [f"{n % 1000:03d}"]
    while n >= 1000:  # noqa: PLR2004  three digits an element, as the standard says
        n //= 1000
        parts.append(f"x{n % 1000:03d}")
    name = "entries" if level is None else str(level)
    return f"{name}/{'/'.join(reversed(parts))}" + ("" if width == WIDTH else f".p/{width}")


def width_at(level: int, n: int, size: int) -> int:
    """How many hashes this tile has in a tree of that size; 0 when it does not exist."""
    hashes = size >> (_HEIGHT * level)
    return max(0, min(WIDTH, hashes - n * WIDTH))


def tile_of(node: Node) -> Tile:
    """The tile that a node's hash is read or computed from."""
    level = node.height // _HEIGHT
    return Tile(level, node.position << (node.height % _HEIGHT) >> _HEIGHT)


def hash_in(node: Node, hashes: bytes) -> bytes:
    """A node's hash out of its tile's bytes. Raises LookupError when the tile is too narrow."""
    spread = node.height % _HEIGHT
    start = (node.position << spread) % WIDTH
    part = split_hashes(hashes)[start : start + (1 << spread)]
    if len(part) != 1 << spread:
        raise LookupError(f"tile of {len(hashes) // HASH_SIZE} hashes does not hold {node}")
    return subtree(part)


def completed(before: int, after: int) -> list[Tile]:
    """The tiles that become full when a log grows from `before` to `after`, lowest level first."""
    tiles = []
    level = 0
    while after >> (_HEIGHT * (level + 1)):
        shift = _HEIGHT * (level + 1)
        tiles += [Tile(level, n) for n in range(before >> shift, after >> shift)]
        level += 1
    return tiles


def all_tiles(size: int) -> list[tuple[Tile, int]]:
    """Every tile of a tree of that size with its width, as an archive carries them."""
    found = []
    level = 0
    while hashes := size >> (_HEIGHT * level):
        count = (hashes + WIDTH - 1) // WIDTH
        found += [(Tile(level, n), width_at(level, n, size)) for n in range(count)]
        level += 1
    return found


def split_hashes(packed: bytes) -> list[bytes]:
    """Concatenated hashes, one by one."""
    return [packed[i : i + HASH_SIZE] for i in range(0, len(packed), HASH_SIZE)]


def bundle(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry after its length as a big-endian uint16."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)
