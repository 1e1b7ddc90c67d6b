"""What is worth a look in a log: rules with a sentence each, over the public part alone (audit.md 38, A40).

A flag is a reason to ask, never a verdict. Whoever changes a rule raises its version.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from services.audit.domain.habits import DORMANT, LEAST, TIMES, WEEKS
from services.audit.domain.leaf import Leaf
from shared.clock import STOCKHOLM

MANY = 20
"""Different children by one person within WINDOW. A school class is more, but nobody reads a class's cases in an hour."""
TRIES = 5
"""Refused tries of one person within WINDOW."""
CASELESS = 3
"""Different children whom one person asks about within WINDOW outside any case."""
WINDOW = timedelta(hours=1)
FOLLOW_UP = timedelta(hours=24)
"""So long after an emergency somebody else has said whether it was one (A42)."""
FIRST_HOUR, LAST_HOUR = 6, 20
_SATURDAY = 5


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule as an officer reads of it; also a saved question: every entry that it has flagged."""

    id: str
    version: int
    sv: str
    en: str
    codes: tuple[str, ...] = ()
    """Acts of the other houses that the rule looks for; a test holds that they write them."""


RULES = {
    rule.id: rule
    for rule in (
        Rule(
            id="refused", version=1, sv="Någon utan behörighet försökte.", en="Somebody without a grant tried.", codes=("access.refused",)
        ),
        Rule(
            id="break-glass",
            version=2,
            sv="Nödöppning: ska alltid följas upp.",
            en="Break-glass: always to be followed up.",
            codes=("break-glass.opened",),
        ),
        Rule(
            id="withheld-notice",
            version=1,
            sv="En underrättelse till familjen hålls inne.",
            en="A notice to the family is withheld.",
            codes=("telling.held",),
        ),
        Rule(
            id="protected",
            version=2,
            sv="Skyddad identitet eller begränsad behandling: vem som får veta har ändrats.",
            en="Protected identity or restricted processing: who may know was changed.",
            codes=("hold.set", "hold.lift-proposed", "hold.lifted", "handler.named", "handler.removed"),
        ),
        Rule(
            id="many-children",
            version=1,
            sv=f"Fler än {MANY} barn av samma person inom en timme.",
            en=f"More than {MANY} children by the same person within an hour.",
        ),
        Rule(
            id="outside-hours",
            version=1,
            sv=f"Utanför arbetstid: helg, eller inte mellan {FIRST_HOUR} och {LAST_HOUR}.",
            en=f"Outside working hours: a weekend, or not between {FIRST_HOUR} and {LAST_HOUR}.",
        ),
        Rule(
            id="many-refused",
            version=1,
            sv=f"{TRIES} nekade försök av samma person inom en timme.",
            en=f"{TRIES} refused tries by the same person within an hour.",
        ),
        Rule(
            id="no-case",
            version=1,
            sv=f"Frågade om minst {CASELESS} olika barn inom en timme, utanför varje ärende.",
            en=f"Asked about at least {CASELESS} different children within an hour, outside any case.",
            codes=("disclosure.asked",),
        ),
        Rule(
            id="unusual-volume",
            version=1,
            sv=f"Fler än {LEAST} barn på en dag, och mer än {TIMES} gånger personens egen fullaste dag på {WEEKS.days} dagar.",
            en=f"More than {LEAST} children in a day, and more than {TIMES} times the person's own fullest day in {WEEKS.days} days.",
        ),
        Rule(
            id="dormant",
            version=1,
            sv=f"Ett konto som inte hade använts på {DORMANT.days} dagar.",
            en=f"An account that had not been used for {DORMANT.days} days.",
        ),
        Rule(
            id="break-glass-unreviewed",
            version=1,
            sv="En nödöppning som ingen har följt upp inom ett dygn.",
            en="An emergency access that nobody has followed up within a day.",
            codes=("break-glass.opened", "break-glass.reviewed"),
        ),
    )
}


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """A rule found this entry."""

    index: int
    rule: str


class _Act(NamedTuple):
    at: datetime
    subject: str | None
    refused: bool
    caseless: bool


class Watch:
    """Looks at a log's entries in order; remembers an hour of each person's acts."""

    def __init__(self) -> None:
        self._recent: dict[str, deque[_Act]] = {}

    def look(self, index: int, leaf: Leaf) -> list[Flag]:
        """What this entry raises. The family's acts and those of timers raise nothing; audit's own readings only as refused tries."""
        if leaf.actor_kind != "person":
            return []
        if leaf.producer == "consent":  # the family's own acts, but for what staff change of who may know
            return [Flag(index=index, rule="protected")] if leaf.action in RULES["protected"].codes else []
        recent = self._remember(leaf)
        tests: dict[str, Callable[[], bool]] = {
            "refused": lambda: leaf.action == "access.refused",
            "break-glass": lambda: leaf.action in RULES["break-glass"].codes,
            "withheld-notice": lambda: leaf.action in RULES["withheld-notice"].codes,
            "many-children": lambda: _passes({act.subject for act in recent if act.subject}, leaf.subject, MANY),
            "outside-hours": lambda: leaf.producer != "audit" and is_outside_hours(datetime.fromisoformat(leaf.at)),
            "many-refused": lambda: leaf.answer == "refused" and sum(act.refused for act in recent) == TRIES,
            "no-case": lambda: _is_caseless(leaf) and len({act.subject for act in recent if act.caseless}) >= CASELESS,
        }
        return [Flag(index=index, rule=rule) for rule, test in tests.items() if test()]

    def _remember(self, leaf: Leaf) -> Iterable[_Act]:
        at = datetime.fromisoformat(leaf.at)
        recent = self._recent.setdefault(leaf.actor, deque())
        while recent and recent[0].at <= at - WINDOW:
            recent.popleft()
        recent.append(_Act(at, leaf.subject, leaf.answer == "refused", _is_caseless(leaf)))
        return recent


def is_outside_hours(at: datetime) -> bool:
    """In Swedish time."""
    local = at.astimezone(STOCKHOLM)
    return local.weekday() >= _SATURDAY or not FIRST_HOUR <= local.hour < LAST_HOUR


def _is_caseless(leaf: Leaf) -> bool:
    return leaf.action in RULES["no-case"].codes and leaf.case_id is None and leaf.subject is not None


def _passes(children: set[str], latest: str | None, most: int) -> bool:
    """Whether the latest one may be the first too many. It is said again for each further act in the hour on any of them."""
    return latest is not None and len(children) > most
