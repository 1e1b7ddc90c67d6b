"""One guardian decides alone: FB 6:13 st. 2, or a minor matter. What must be attested, how long it may last, and what it changes."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

from services.consent.domain.periods import months_later
from shared.law.disposers import AskHuman, Disposers, Role

LONGEST_MONTHS = 3
"""What cannot wait is soon done; who needs longer has a court's or a board's decision, which is a statement about custody."""


class WhyOne(StrEnum):
    """Why the other's yes is not waited for. In words it stands in the organisation's own note."""

    ABSENT = "absent"
    ILL = "ill"
    HINDERED = "hindered"
    """By another cause, FB 6:13 st. 2."""
    MINOR = "minor-matter"
    """Of little weight for the child, and nobody knows of a disagreement."""


class Attested(msgspec.Struct, frozen=True, kw_only=True):
    """What a named person says, as far as it decides whether it may be said."""

    reason: WhyOne
    last_day: date
    cannot_wait: bool
    """It cannot be postponed without inconvenience."""
    not_far_reaching: bool
    """It is no decision of intrusive importance for the child's future."""
    no_known_disagreement: bool


class Excused(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian whose yes is not waited for, until a day."""

    person_id: UUID
    last_day: date


def faults(attested: Attested, today: date) -> list[tuple[str, str]]:
    """Member and what is wrong with it; empty when the exception may be attested."""
    found = []
    if not today <= attested.last_day <= months_later(today, LONGEST_MONTHS):
        found.append(("last_day", f"must lie ahead, at most {LONGEST_MONTHS} months"))
    if not attested.not_far_reaching:
        found.append(("not_far_reaching", "a decision of intrusive importance takes both guardians"))
    if attested.reason is WhyOne.MINOR and not attested.no_known_disagreement:
        found.append(("no_known_disagreement", "a known disagreement takes both guardians"))
    if attested.reason is not WhyOne.MINOR and not attested.cannot_wait:
        found.append(("cannot_wait", "what can wait takes both guardians"))
    return found


def excuse(who: Disposers | AskHuman, excused: Iterable[Excused], day: date) -> Disposers | AskHuman:
    """Who must agree on that day. An excused guardian is still heard: their no closes the path, their yes is not waited for.

    Never all guardians: the law lets the *other* decide. Nothing else is touched, least of all a question that a human must answer.
    """
    if isinstance(who, AskHuman):
        return who
    away = {one.person_id for one in excused if day <= one.last_day}
    guardians = [one for one in who.needed if one.role is Role.GUARDIAN]
    waived = tuple(one for one in guardians if one.person_id in away)
    if not waived or len(waived) == len(guardians):
        return who
    return Disposers(needed=tuple(one for one in who.needed if one not in waived), heard=(*who.heard, *waived))
