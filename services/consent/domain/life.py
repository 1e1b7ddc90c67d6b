"""What may be done to a row that has been given, in which state, and where it then stands: the table, and the codes of the reasons."""

from enum import StrEnum
from types import MappingProxyType

from services.consent.domain.consent import State


class Act(StrEnum):
    """What the holder may do to a row. A family's withdrawal is none of these: it is never refused for the row's state."""

    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    CHANGE = "change"
    """Ask for less, or for longer."""
    QUESTION = "question-registration"
    """The first of the two who strike out."""
    STRIKE_OUT = "strike-out"
    """The second."""


_HELD = frozenset({State.GRANTED, State.PAUSED})
_WAS_GIVEN = frozenset(State) - {State.NOT_ASKED, State.STRUCK_OUT}
"""Whatever the state is now: there is a consent to strike out."""

ALLOWED = MappingProxyType(
    {
        Act.PAUSE: MappingProxyType({State.GRANTED: State.PAUSED}),
        Act.RESUME: MappingProxyType({State.PAUSED: State.GRANTED}),
        Act.END: MappingProxyType(dict.fromkeys(_HELD, State.ENDED)),
        Act.CHANGE: MappingProxyType({one: one for one in _HELD}),
        Act.QUESTION: MappingProxyType({one: State.PAUSED if one in _HELD else one for one in _WAS_GIVEN}),
        Act.STRIKE_OUT: MappingProxyType(dict.fromkeys(_WAS_GIVEN, State.STRUCK_OUT)),
    }
)
"""Act, state that it is allowed in, state after it. Every other pair is a conflict."""


class PauseReason(StrEnum):
    """Why a row is paused by its holder."""

    SAFEGUARDING = "safeguarding"
    CUSTODY_DISPUTE = "custody-dispute"
    FAMILY_ASKS = "family-asks"
    WRONG_DATA = "wrong-data"
    REGISTRATION_QUESTIONED = "registration-questioned"
    """Set by the first of the two who strike out, never by hand."""
    RESTRICTED = "processing-restricted"
    """Set with the restriction (GDPR art. 18) and lifted with it, never by hand."""


class EndReason(StrEnum):
    """Why the holder ends what a family has given."""

    CASE_CLOSED = "case-closed"
    NOT_NEEDED = "not-needed"
    LEFT_UNIT = "left-unit"
    SAFEGUARDING = "safeguarding"
    OTHER_BASIS = "other-basis"
    """The law lets it through, or demands it, without consent."""
    NARROWED = "narrowed"
    """What is asked for now is less."""


class StrikeReason(StrEnum):
    """What was wrong with the registration."""

    WRONG_CHILD = "wrong-child"
    WRONG_SIGNER = "wrong-signer"
    WRONG_SCOPE = "wrong-scope"
    TWICE = "registered-twice"
    NOT_GIVEN = "not-given"


class Witness(StrEnum):
    """How staff knew who called."""

    CALLED_BACK = "called-back"
    """On the number that the unit already had."""
    KNOWN = "known-to-staff"
    QUESTIONS = "control-questions"
    COLLEAGUE = "colleague-listened"


def after(act: Act, state: State) -> State | None:
    """Where the row stands when the act is done; None when the act is not allowed."""
    return ALLOWED[act].get(state)
