"""Personal and coordination numbers: twelve digits, so that the century is never guessed."""

from datetime import date

from stdnum import luhn
from stdnum.exceptions import ValidationError

DIGITS = 12
COORDINATION = 60
"""A coordination number has 60 added to the day (folkbokföringslagen 18 a §)."""


def normalised(text: str) -> str | None:
    """The twelve digits, or None when it is no number: wrong length, wrong date, wrong check digit."""
    digits = text.strip().replace("-", "", 1)
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        luhn.validate(digits[2:])
        birth_date(digits)
    except (ValidationError, ValueError):
        return None
    return digits


def birth_date(number: str) -> date:
    """The date that the twelve digits carry. Raises ValueError for a day that does not exist."""
    day = int(number[6:8])
    return date(int(number[:4]), int(number[4:6]), day - COORDINATION if day > COORDINATION else day)
