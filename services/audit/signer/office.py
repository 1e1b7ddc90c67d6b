"""What the signer signs, and what it refuses: a smaller size, another root, a fork, a clock gone back, a frozen log (rules 18 to 22)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.audit.domain.checkpoint import Head, KeyPair, SigningRefusedError, attest, log_key, sign
from services.audit.signer.store import Known, Store

OVERLAP = timedelta(days=30)
"""How long a rotated key signs beside the new one."""
ATTEST = "/audit/attest"
"""How the one key's name ends that signs what is no checkpoint; no log's origin does."""
BACKWARDS = timedelta(seconds=1)
"""How far the clock may go back between two signatures: as much as a house may differ from its database."""


class Office:
    """The keys and the memory. Knows nothing of sockets."""

    def __init__(self, seed: bytes, store: Store) -> None:
        self._seed, self._store = seed, store

    def last(self, origin: str) -> Head | None:
        """What was signed last of a log."""
        known = self._store.known(origin)
        return known.head if known else None

    def sign(self, origin: str, head: Head, path: Sequence[bytes], *, now: datetime) -> bytes:
        """The signed checkpoint; the head is remembered before the signature leaves.

        `path` proves that what was signed last is the beginning of `head`. Raises SigningRefusedError.
        """
        known = self._store.known(origin)
        if known is not None:
            _judge(known, head, now)
        keys = self._keys(origin, known, now)
        note = sign(keys[0], head, known.head if known else None, path, also=keys[1:])
        if not self._store.advance(origin, known, head, now):
            raise SigningRefusedError("signed-meanwhile")
        return note

    def keys(self, origin: str) -> tuple[str, ...]:
        """Every verifier key that a checkpoint of this log may be signed with, the one in use first: the lines of a trust file."""
        known = self._store.known(origin)
        newest = known.generation if known else 0
        return tuple(log_key(self._seed, origin, generation).verifier_key for generation in range(newest, -1, -1))

    def attest(self, name: str, text: bytes) -> bytes:
        """Any other text as a signed note, by a key that signs no checkpoints. Raises ValueError for another name or no note's text."""
        if not name.endswith(ATTEST):
            raise ValueError("a log's key signs checkpoints alone")
        return attest(log_key(self._seed, name), text)

    def rotate(self, origin: str, *, now: datetime) -> bool:
        """The next key from now on; False for a log that was never signed, or is frozen."""
        return self._store.rotate(origin, now + OVERLAP)

    def freeze(self, origin: str, *, now: datetime) -> bool:
        """After a theft: the last checkpoint stays the last. False for a log that was never signed, or is frozen already."""
        return self._store.freeze(origin, now)

    def _keys(self, origin: str, known: Known | None, now: datetime) -> list[KeyPair]:
        newest = known.generation if known else 0
        both = known is not None and known.overlap_until is not None and now < known.overlap_until
        return [log_key(self._seed, origin, generation) for generation in ((newest, newest - 1) if both else (newest,))]


def _judge(known: Known, head: Head, now: datetime) -> None:
    if known.frozen_at is not None:
        raise SigningRefusedError("frozen")
    if now < known.signed_at - BACKWARDS:
        raise SigningRefusedError("clock-went-back")
    if head.size < known.head.size:
        raise SigningRefusedError("smaller-than-signed")
    if head.size == known.head.size and head.root != known.head.root:
        raise SigningRefusedError("another-root")
