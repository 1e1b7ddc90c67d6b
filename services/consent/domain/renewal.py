"""What a new round asks for, against what holds: computed from the rows, so that it can be shown and needs no one's word."""

from datetime import date
from enum import StrEnum

import msgspec

from shared.contracts.consent import RowKey


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Rows, and the last day for which they are asked."""

    rows: frozenset[RowKey]
    last_day: date


class Period(StrEnum):
    """The new period's end against the old one's."""

    LONGER = "longer"
    SAME = "same"
    SHORTER = "shorter"


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The difference between two scopes."""

    added: frozenset[RowKey]
    removed: frozenset[RowKey]
    kept: frozenset[RowKey]
    period: Period

    @property
    def is_wider(self) -> bool:
        """Whether anything is asked for that nobody has said yes to: then everybody is asked again."""
        return bool(self.added) or self.period is Period.LONGER

    @property
    def is_narrower(self) -> bool:
        """Whether anything is asked for no more: that holds at once."""
        return bool(self.removed) or self.period is Period.SHORTER


def compare(old: Scope, new: Scope) -> Changed:
    """Row by row; a shorter period with a new row is both narrower and wider."""
    other = Period.LONGER if new.last_day > old.last_day else Period.SHORTER
    period = Period.SAME if new.last_day == old.last_day else other
    return Changed(added=new.rows - old.rows, removed=old.rows - new.rows, kept=old.rows & new.rows, period=period)
