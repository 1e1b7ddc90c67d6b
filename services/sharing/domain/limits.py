"""How much one unit or person does before somebody looks: different children a day, acts an hour."""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class LimitKind(StrEnum):
    """Whose acts are counted together."""

    UNIT = "unit"
    PERSON = "person"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation's own, or as shipped: well above a busy day of a school, well below a class register of a city."""

    organisation: str
    unit_children: int = 200
    person_children: int = 60
    unit_acts: int = 2000
    person_acts: int = 600


class Lift(msgspec.Struct, frozen=True, kw_only=True):
    """A manager has looked, and lets it go on for one day."""

    organisation: str
    kind: LimitKind
    value: str
    day: date
    reason: str
    lifted_by: str
    lifted_at: datetime


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit or person has done, this act included."""

    kind: LimitKind
    value: str
    fresh: bool
    """The child was not among today's before."""
    children: int
    acts: int
    most_children: int | None
    most_acts: int | None


def is_over(counted: Counted, shipped: Limits) -> bool:
    """Whether this act goes beyond. A child that was among today's before is never one too many."""
    unit = counted.kind is LimitKind.UNIT
    most_children = counted.most_children or (shipped.unit_children if unit else shipped.person_children)
    most_acts = counted.most_acts or (shipped.unit_acts if unit else shipped.person_acts)
    return (counted.fresh and counted.children > most_children) or counted.acts > most_acts
