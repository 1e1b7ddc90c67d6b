"""The chain of revisions: each row of the feed holds the SHA-256 of the row before it and of what it says itself."""

import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec

_FIRST = bytes(32)


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the feed as it is kept."""

    position: int
    changed: dict[str, Any]
    link: bytes | None


class Chain(msgspec.Struct, kw_only=True):
    """How far a check has come; rows from before the chain have no link, and none may follow one that has."""

    position: int | None = None
    """Of the last row whose link held."""
    head: bytes | None = None
    broken_at: int | None = None

    def follow(self, rows: Iterable[Linked]) -> None:
        """Check the next rows, in their order; stops for good at the first that does not hold."""
        for row in rows:
            if self.broken_at is not None or (self.head is None and row.link is None):
                continue
            follows = self.position is None or row.position == self.position + 1
            if not follows or row.link != link(self.head, row.changed):
                self.broken_at = row.position
                continue
            self.position, self.head = row.position, row.link


def link(previous: bytes | None, changed: dict[str, Any]) -> bytes:
    """What a row's link must be: over the link before it and the canonical JSON (RFC 8785) of the row, position and all."""
    said = json.dumps(changed, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return sha256((previous or _FIRST) + said).digest()
