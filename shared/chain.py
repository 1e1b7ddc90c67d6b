"""The chain of entries that one house produces: the relay numbers and links them, audit checks that none is missing.

Link n + 1 is SHA-256(link n ‖ number n as 8 bytes, big-endian ‖ body n as sent). The first entry has number 1 and link GENESIS.
"""

import hashlib
from typing import Final

GENESIS: Final = bytes(32)
"""The link of a house's first entry."""


def next_link(link: bytes, sequence: int, body: bytes) -> bytes:
    """The link that the entry after this one carries; changes with any byte of any earlier entry."""
    return hashlib.sha256(link + sequence.to_bytes(8, "big") + body).digest()
