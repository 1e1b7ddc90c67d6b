"""Where routes find what to tell of an outcome; the pages use the same."""

from services.sharing.usecases.outcome import View, told

__all__ = ["View", "told"]
