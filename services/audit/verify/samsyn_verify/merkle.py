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


class Tree:
    """Grows leaf by leaf in constant memory: one hash for each set bit of the size."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []  # (number of leaves, hash), greatest first

    def add(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        leaves, value = 1, leaf
        while self._subtrees and self._subtrees[-1][0] == leaves:
            value = node_hash(self._subtrees.pop()[1], value)
            leaves *= 2
        self._subtrees.append((leaves, value))
        self.size += 1

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
