"""Where routes find the barrier; the pages use the same."""

from services.consent.usecases.through_barrier import Outcome, through_barrier

__all__ = ["Outcome", "through_barrier"]
