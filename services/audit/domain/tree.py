"""The Merkle tree of RFC 6962 section 2.1 and RFC 9162 section 2.1: hashes, compact ranges, proofs and their checks.

A *node* is a complete subtree: height 0 is a leaf, position counts from the left. What a proof needs is planned
here as nodes, without knowing where their hashes lie; `usecases` fetches them from tiles.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a log without entries (RFC 6962 2.1: the hash of an empty list is the hash of an empty string)."""

HASH_SIZE = 32


class Node(NamedTuple):
    """The complete subtree over leaves `position * 2**height` to `(position + 1) * 2**height`, end exclusive."""

    height: int
    position: int


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256 of 0x00 and the stored bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children; the prefix keeps an inner node from passing as a leaf."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(peaks: Sequence[bytes]) -> bytes:
    """The hash over neighbouring complete subtrees, greatest first: from the right, each takes the next to its left."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def subtree(hashes: Sequence[bytes]) -> bytes:
    """The hash over a whole number of leaves that is a power of two, as a tile's."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


class Range:
    """A compact range from leaf 0: log2(size) hashes are all that appending needs, whatever the size."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ValueError("a compact range has one hash for each set bit of its size")

    @classmethod
    def of(cls, size: int, packed: bytes) -> "Range":
        """From its stored form. Raises ValueError when the length does not fit the size."""
        if len(packed) != size.bit_count() * HASH_SIZE:
            raise ValueError("a compact range has one hash for each set bit of its size")
        return cls(size, [packed[i : i + HASH_SIZE] for i in range(0, len(packed), HASH_SIZE)])

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf, joining equal neighbours as a binary counter carries."""
        carry, size = leaf, self.size
        while size & 1:
            carry = node_hash(self._peaks.pop(), carry)
            size >>= 1
        self._peaks.append(carry)
        self.size += 1

    def packed(self) -> bytes:
        """Its hashes, greatest subtree first, one after another."""
        return b"".join(self._peaks)

    def root(self) -> bytes:
        """The root of the tree so far."""
        return fold(self._peaks)


def split(size: int) -> int:
    """RFC 6962's k: the largest power of two smaller than `size`, for size > 1."""
    return 1 << ((size - 1).bit_length() - 1)


def cover(start: int, end: int) -> tuple[Node, ...]:
    """Leaves `start` to `end` as the fewest complete subtrees, left to right; folded they give the range's hash.

    `start` must be aligned as in a proof: 0, or a multiple of a power of two not smaller than `end - start`.
    """
    nodes = []
    while start < end:
        height = (end - start).bit_length() - 1
        nodes.append(Node(height, start >> height))
        start += 1 << height
    return tuple(nodes)


def inclusion_plan(index: int, size: int) -> list[tuple[Node, ...]]:
    """What RFC 6962's PATH(index, D[size]) consists of, from the leaf's sibling up: each tuple folds to one hash.

    Raises ValueError for an index outside the tree.
    """
    if not 0 <= index < size:
        raise ValueError("an index lies inside its tree")
    plan: list[tuple[Node, ...]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            plan.append(cover(middle, end))
            end = middle
        else:
            plan.append(cover(start, middle))
            start = middle
    return plan[::-1]


def consistency_plan(first: int, second: int) -> list[tuple[Node, ...]]:
    """What RFC 6962's PROOF(first, D[second]) consists of; empty when nothing has to be shown.

    Raises ValueError for sizes in the wrong order.
    """
    if not 0 <= first <= second:
        raise ValueError("a log never shrinks")
    if first in {0, second}:
        return []
    plan: list[tuple[Node, ...]] = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + split(end - start)
        if first <= middle:
            plan.append(cover(middle, end))
            end = middle
        else:
            plan.append(cover(start, middle))
            start, whole = middle, False
    if not whole:
        plan.append(cover(start, end))
    return plan[::-1]


def proof(plan: Sequence[tuple[Node, ...]], hash_of: Callable[[Node], bytes]) -> list[bytes]:
    """The hashes of a plan, given where a node's hash is found."""
    return [fold([hash_of(node) for node in nodes]) for nodes in plan]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the leaf lies at `index` of the tree of that size and root (RFC 9162 2.1.3.2, steps 1 to 5).

    Size and root must come from one signed checkpoint; this does not check who signed.
    """
    if not 0 <= index < size or not _are_hashes((leaf, root, *path)):  # 1
        return False
    here, last, result = index, size - 1, leaf  # 2, 3
    for sibling in path:  # 4
        if last == 0:
            return False
        if here & 1 or here == last:
            result = node_hash(sibling, result)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and result == root  # 5


def verify_consistency(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether the tree of size `second` begins with all of the tree of size `first` (RFC 9162 2.1.4.2).

    Each size and root must come from one signed checkpoint. The empty tree is the beginning of every tree.
    """
    if not 0 <= first <= second or not _are_hashes((first_root, second_root, *path)):
        return False
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path and first_root == EMPTY_ROOT
    if not path:
        return False
    hashes = list(path) if first & (first - 1) else [first_root, *path]
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _are_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
