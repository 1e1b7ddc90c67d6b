"""What is drawn for a review, so that nobody can steer it and anybody can draw it again (audit.md 37).

The seed is the root of the first checkpoint signed after the plan's own entry: nobody knew it when the plan was fixed.
`samsyn-verify sample` does the same from the exported log; change neither alone.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec

from services.audit.domain.leaf import Leaf, timestamp

FORMAT = "samsyn-sample-v1"
_TICKET = b"samsyn-sample-v1\x00"
ALWAYS = frozenset({"break-glass.opened", "telling.held"})
"""Acts that are in every sample, whatever is drawn: access in an emergency, and a notice to the family that is withheld."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries a plan is about: acts of people at work, before `upto`, within the time, of one unit or all."""

    upto: int
    since: datetime
    until: datetime
    share: int
    """Percent of each unit's entries, rounded up."""
    unit: str | None = None

    def said(self) -> tuple[str, ...]:
        """For the plan's entry: what a later draw is held to."""
        unit = () if self.unit is None else (f"unit={self.unit}",)
        return (f"upto={self.upto}", f"since={timestamp(self.since)}", f"until={timestamp(self.until)}", f"share={self.share}", *unit)

    def holds(self, leaf: Leaf) -> bool:
        """Whether an entry is in the population. What the family does, and what timers do, is nobody's to be asked about."""
        return (
            leaf.producer == "sharing"
            and leaf.actor_kind == "person"
            and timestamp(self.since) <= leaf.at < timestamp(self.until)
            and self.unit in {None, leaf.unit}
        )


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the sample. `unit` is empty where the act belongs to no unit."""

    index: int
    unit: str
    why: str
    """`always` or `drawn`."""


def is_always(leaf: Leaf) -> bool:
    """Whether every sample holds this entry."""
    return leaf.action in ALWAYS


def ticket(seed: bytes, plan_id: str, index: int) -> bytes:
    """The entry's lot: the lowest of a unit are drawn."""
    return hashlib.sha256(_TICKET + seed + f"{plan_id}\x00{index}".encode()).digest()


class Urn:
    """Takes the population one entry at a time; memory is one number per entry."""

    def __init__(self, seed: bytes, plan_id: str, scope: Scope) -> None:
        self._seed, self._plan_id, self._scope = seed, plan_id, scope
        self._always: list[Drawn] = []
        self._lots: dict[str, list[tuple[bytes, int]]] = defaultdict(list)

    def put(self, entries: Iterable[tuple[int, Leaf]]) -> None:
        """Entries of the log; those outside the plan's scope are left out here."""
        for index, leaf in entries:
            if index < self._scope.upto and self._scope.holds(leaf):
                if is_always(leaf):
                    self._always.append(Drawn(index=index, unit=leaf.unit or "", why="always"))
                else:
                    self._lots[leaf.unit or ""].append((ticket(self._seed, self._plan_id, index), index))

    def draw(self) -> list[Drawn]:
        """The sample, in the order of the log."""
        drawn = list(self._always)
        for unit, lots in self._lots.items():
            wanted = -(-len(lots) * self._scope.share // 100)
            drawn += [Drawn(index=index, unit=unit, why="drawn") for _, index in sorted(lots)[:wanted]]
        return sorted(drawn, key=lambda one: one.index)
