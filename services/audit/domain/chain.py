"""Whether a producer's entry is the next one: its number and its link to all of its producer's entries before (rules 5 and 10)."""

from enum import StrEnum

import msgspec

from shared.chain import GENESIS, next_link


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where a producer's chain stands: the last number taken into the log, and the link that the next entry must carry."""

    sequence: int = 0
    hash: bytes = GENESIS

    def after(self, body: bytes) -> "Position":
        """The position when the next entry, with this body as sent, has been taken in."""
        sequence = self.sequence + 1
        return Position(sequence=sequence, hash=next_link(self.hash, sequence, body))


class Link(StrEnum):
    """How an entry stands to its producer's chain."""

    NEXT = "next"
    AHEAD = "ahead"
    """An earlier one is missing: it waits, because the producer sends until it has every receipt."""
    FORK = "fork"
    """Another entry stands at its place: the producer's database was restored, or somebody forges."""


def judge(position: Position, sequence: int, previous_hash: bytes) -> Link:
    """Where an entry belongs that is not in the log yet."""
    if sequence > position.sequence + 1:
        return Link.AHEAD
    if sequence == position.sequence + 1 and previous_hash == position.hash:
        return Link.NEXT
    return Link.FORK
