"""The settings of the consent house; `deploy/README.md` explains each."""

from pathlib import Path

from shared.settings import HouseSettings


class Settings(HouseSettings, frozen=True, kw_only=True):
    """What only consent needs. `secret_key` is also the key that persons are found and kept under."""

    operator: str
    """The operator's organisation: what belongs to no discloser stands in its log."""
    population_register: Path | None = None
    """A file with one JSON object a line, read at each look-up; without it custody comes from documents and staff."""
