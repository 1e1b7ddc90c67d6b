"""From what a use case returned to what its caller is told: a recorded refusal becomes its problem after the commit."""

from typing import TypeVar

from services.sharing.domain.outcomes import Denied, Hidden, Limited, NotYet, Refusal
from shared.errors import AppError, NotFound, Refused, TooMany, Unavailable

View = TypeVar("View")


def told(outcome: View | Refusal) -> View | AppError:
    """The view, or the error to raise once the refusal is durable. `reasons` are codes, never data."""
    match outcome:
        case Denied():
            return Refused(outcome.code, ", ".join(outcome.reasons))
        case Hidden():
            return NotFound()
        case Limited():
            return TooMany("limit-reached", outcome.kind)
        case NotYet():
            return Unavailable(outcome.code)
        case _:
            return outcome
