"""Follow-up in numbers: counted out of the public part of the entries alone, so that anybody with the log counts the same (A44).

A cell of one to four is not shown: with it a single family could be pointed at. There are no sums over such cells either.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from services.audit.domain.leaf import Leaf
from shared.clock import STOCKHOLM

VERSION = 1
"""Of what is counted: whoever changes `_measures` or a table here raises it, and every log is counted anew."""
SMALLEST = 5
"""The least number that is shown; zero is."""
WAITS = (timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=14))
"""Upper ends of the classes of waiting time from a question to its first answer; what is longer is the last class."""
WAIT_CLASSES = ("wait-within-1-day", "wait-within-3-days", "wait-within-7-days", "wait-within-14-days", "wait-longer")
_ACTS = {"consent.withdrawn": "consent-withdrawn", "telling.held": "notice-withheld", "break-glass.opened": "break-glass"}
_SAID = {"yes": "consent-given", "no": "consent-refused", "wants-to-talk": "consent-wants-to-talk"}


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One number. `count` None: from one to four."""

    organisation: str
    quarter: str
    """As `2026-Q4`, in Swedish time."""
    model: str
    """The collaboration model, `-` where an act is in none."""
    measure: str
    count: int | None


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How far a log has been counted: numbers by quarter, model and measure, and the questions that wait for an answer."""

    upto: int
    counts: dict[tuple[str, str, str], int] = {}
    asked: dict[str, tuple[datetime, str, str]] = {}


class Tally:
    """Looks at one organisation's entries in order and counts, from the beginning or from where somebody had counted to."""

    def __init__(self, organisation: str, before: Counted | None = None) -> None:
        self._organisation = organisation
        self._counts: Counter[tuple[str, str, str]] = Counter(before.counts if before else {})
        self._asked: dict[str, tuple[datetime, str, str]] = dict(before.asked) if before else {}

    def counted(self, upto: int) -> Counted:
        """What is kept of it, when entries before `upto` have been looked at."""
        return Counted(upto=upto, counts=dict(self._counts), asked=dict(self._asked))

    def look(self, leaf: Leaf) -> None:
        """Count what this entry says."""
        at = datetime.fromisoformat(leaf.at)
        quarter, model = quarter_of(at), leaf.model or "-"
        for measure in _measures(leaf):
            self._counts[quarter, model, measure] += 1
        if leaf.action == "consent.asked" and leaf.object_id:
            self._asked[leaf.object_id] = (at, quarter, model)
        if leaf.action == "consent.answered" and leaf.answer == "done" and (asked := self._asked.pop(leaf.object_id or "", None)):
            since, quarter, model = asked
            waited = sum(at - since >= end for end in WAITS)
            self._counts[quarter, model, WAIT_CLASSES[waited]] += 1

    def cells(self) -> Iterator[Cell]:
        """What is shown, in order."""
        for (quarter, model, measure), count in sorted(self._counts.items()):
            yield Cell(
                organisation=self._organisation,
                quarter=quarter,
                model=model,
                measure=measure,
                count=count if count >= SMALLEST else None,
            )


def quarter_of(at: datetime) -> str:
    """In Swedish time."""
    local = at.astimezone(STOCKHOLM)
    return f"{local.year}-Q{(local.month + 2) // 3}"


def _measures(leaf: Leaf) -> Iterator[str]:
    if leaf.action == "consent.asked":
        yield "consent-asked"
    elif leaf.action == "consent.answered" and leaf.answer == "done":
        yield from (_SAID[reason] for reason in leaf.reasons if reason in _SAID)
    elif leaf.action in _ACTS and leaf.answer != "refused":
        yield _ACTS[leaf.action]
    elif leaf.action == "disclosure.decided" and leaf.answer:
        yield f"answer-{leaf.answer}"
        yield from (f"reason-{reason}" for reason in dict.fromkeys(leaf.reasons))
