"""What a question waits for, and what somebody at the unit does next: told without saying who has not answered, nor who said what."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from services.consent.domain.consent import RowRecord, State, state_of
from services.consent.domain.reminders import tasks_of


class Waits(StrEnum):
    """Why a question is not settled. The values of the tasks, and the one that needs no task yet."""

    NO_ANSWER = "no-answer"
    NOT_REACHED = "not-reached"
    WANTS_TO_TALK = "wants-to-talk"
    CONFLICT = "conflict"
    ASK_HUMAN = "ask-human"


class Advice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it stands and what to do next, in a sentence or two."""

    sv: str
    en: str


class Advices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """One for each; a file without one is refused."""

    no_answer: Advice
    not_reached: Advice
    wants_to_talk: Advice
    conflict: Advice
    ask_human: Advice

    def of(self, waits: Waits) -> Advice:
        """What to do next."""
        found: Advice = getattr(self, waits.name.lower())
        return found


def waits_for(records: Iterable[RowRecord], now: datetime) -> tuple[Waits, ...]:
    """Everything that one question waits for, in the order of `Waits`; empty when it is settled, be it by a no."""
    facts = list(records)
    found = {Waits(kind) for kind in tasks_of(facts, now)}
    if Waits.ASK_HUMAN not in found and any(state_of(one, now) is State.PENDING for one in facts):
        found.add(Waits.NO_ANSWER)
    return tuple(one for one in Waits if one in found)
