"""Consent's truth against sharing's copy of one row: what to say again, and what to raise an alarm about."""

from datetime import datetime
from enum import StrEnum

from shared.contracts.consent import GoverningRow, RowState
from shared.contracts.sharing import RowCopy

Window = tuple[datetime, datetime]


class Difference(StrEnum):
    """What is between the two."""

    NONE = "none"
    ON_ITS_WAY = "on-its-way"
    """Sharing has not yet applied the feed up to this row."""
    WIDER = "copy-wider"
    """The copy lets through what consent does not: narrowed, and an alarm."""
    NARROWER = "copy-narrower"
    """Consent would let through more: an alarm and nothing else, for reconciliation never widens."""


def compare(truth: GoverningRow | None, copy: RowCopy | None, *, epoch: int, position: int) -> Difference:
    """What differs between one row and its copy. `epoch` and `position`: how far sharing has applied the feed.

    A copy of another epoch, or one that says *unknown*, lets nothing through and is asked about before use: no difference.
    """
    if truth is not None and truth.revision > position and (copy is None or copy.revision < truth.revision):
        return Difference.ON_ITS_WAY
    given, taken = _truth(truth), _copy(copy, epoch)
    if taken is not None and (given is None or not _within(taken, given) or _another(truth, copy)):
        return Difference.WIDER
    asked_before_use = copy is not None and (copy.state == "unknown" or copy.epoch != epoch)
    if given is not None and not asked_before_use and (taken is None or not _within(given, taken)):
        return Difference.NARROWER
    return Difference.NONE


def _truth(row: GoverningRow | None) -> Window | None:
    if row is None or row.state is not RowState.GIVEN or row.withdrawn or row.valid_from >= row.valid_until:
        return None
    return row.valid_from, row.valid_until


def _copy(copy: RowCopy | None, epoch: int) -> Window | None:
    if copy is None or copy.state != RowState.GIVEN or copy.epoch != epoch or copy.valid_from is None or copy.valid_until is None:
        return None
    return (copy.valid_from, copy.valid_until) if copy.valid_from < copy.valid_until else None


def _within(inner: Window, outer: Window) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _another(truth: GoverningRow | None, copy: RowCopy | None) -> bool:
    """Under another consent's id a withdrawal of the right one would not reach it."""
    return truth is None or copy is None or truth.consent_id != copy.consent_id
