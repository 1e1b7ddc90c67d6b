"""RFC 6962 section 2.1, written from the recursive definitions, unlike the service's own."""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()
HASH = 32


class WrongProofError(ValueError):
    """The proof has the wrong number of hashes for these sizes."""


def leaf_hash(entry: bytes) -> bytes:
    """Of one entry's bytes."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtree(leaves: Sequence[bytes]) -> bytes:
    """The root over a number of leaves that is a power of two, level by level."""
    level = list(leaves)
    while len(level) > 1:
        level = [hashlib.sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


class Tree:
    """Grows by any number of leaves in constant memory: one hash for each set bit of the size."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        self.size = size
        widths = [1 << bit for bit in range(size.bit_length() - 1, -1, -1) if size >> bit & 1]
        self._subtrees = list(zip(widths, peaks, strict=True))  # (number of leaves, hash), greatest first

    def copy(self) -> "Tree":
        """Another one of the same leaves."""
        return Tree(self.size, self.peaks())

    def peaks(self) -> list[bytes]:
        """What it can be made from again."""
        return [value for _, value in self._subtrees]

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add the hashes of the next leaves: the greatest whole subtrees that fit, each at once."""
        at = 0
        while at < len(leaves):
            width = 1 << ((len(leaves) - at).bit_length() - 1)
            if self.size:
                width = min(width, self.size & -self.size)
            value = subtree(leaves[at : at + width])
            at, self.size = at + width, self.size + width
            while self._subtrees and self._subtrees[-1][0] == width:
                value, width = node_hash(self._subtrees.pop()[1], value), width * 2
            self._subtrees.append((width, value))

    def root(self) -> bytes:
        """The root so far."""
        if not self._subtrees:
            return EMPTY
        value = self._subtrees[-1][1]
        for _, left in reversed(self._subtrees[:-1]):
            value = node_hash(left, value)
        return value


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """The root that this path leads to (RFC 6962 2.1.1, read from the top down). Raises WrongProofError."""
    if not 0 <= index < size:
        raise WrongProofError("index outside the tree")
    if size == 1:
        if path:
            raise WrongProofError("too many hashes")
        return leaf
    if not path:
        raise WrongProofError("too few hashes")
    k = _split(size)
    if index < k:
        return node_hash(root_from_inclusion(index, k, leaf, path[:-1]), path[-1])
    return node_hash(path[-1], root_from_inclusion(index - k, size - k, leaf, path[:-1]))


def is_consistent(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether the tree of `second` leaves begins with that of `first` (RFC 6962 2.1.2, read from the top down)."""
    if not 0 <= first <= second:
        return False
    if first in {0, second}:
        return not path and first_root == (EMPTY if first == 0 else second_root)
    try:
        return _both_roots(first, second, list(path), first_root, whole=True) == (first_root, second_root)
    except WrongProofError:
        return False


def _both_roots(m: int, n: int, path: list[bytes], first_root: bytes, *, whole: bool) -> tuple[bytes, bytes]:
    """SUBPROOF(m, D[n], whole): the root over the first m of these n leaves, and over all n."""
    if m == n:
        if whole:
            if path:
                raise WrongProofError("too many hashes")
            return first_root, first_root
        if len(path) != 1:
            raise WrongProofError("wrong number of hashes")
        return path[0], path[0]
    if not path:
        raise WrongProofError("too few hashes")
    k, last = _split(n), path[-1]
    if m <= k:
        old, new = _both_roots(m, k, path[:-1], first_root, whole=whole)
        return old, node_hash(new, last)
    old, new = _both_roots(m - k, n - k, path[:-1], first_root, whole=False)
    return node_hash(last, old), node_hash(last, new)


def _split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k
