"""Sharing's own copy of a governing row: how a message changes it, and what it says at an instant (DESIGN 5)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from services.sharing.domain.facts import ConsentFact
from shared.contracts.consent import CoverageState, GoverningRow, RowCoverage, RowKey, RowState


class SeenState(StrEnum):
    """What the copy says. Unknown is never a yes: consent is asked."""

    GIVEN = "given"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class SeenRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row as sharing has it. Without a consent id it only exists to be locked."""

    subject_id: UUID
    discloser_unit: str
    recipient_unit: str
    purpose: str
    category: str
    about: str
    consent_id: UUID | None
    state: SeenState
    epoch: int
    revision: int
    valid_from: datetime | None
    valid_until: datetime | None

    def lets_through(self, epoch: int, now: datetime) -> bool:
        """Whether consent was given, of this consent database, and this instant is inside its period."""
        return (
            self.state is SeenState.GIVEN
            and self.epoch == epoch
            and self.valid_from is not None
            and self.valid_until is not None
            and self.valid_from <= now < self.valid_until
        )


def order(key: RowKey) -> tuple[str, ...]:
    """Rows are always locked in this order, so that two who lock several never wait for each other."""
    return (str(key.subject_id), key.discloser_unit, key.recipient_unit, key.purpose, key.category, key.about)


def is_newer(own: SeenRow, told: GoverningRow) -> bool:
    """A greater revision of the same epoch, or a greater epoch."""
    return (told.epoch, told.revision) > (own.epoch, own.revision)


def merge(own: SeenRow, told: GoverningRow, *, withdrawn: bool, epoch: int) -> SeenRow:
    """The row after a message. `withdrawn`: this consent id has been withdrawn, by this message or an earlier one.

    A late or repeated message changes nothing; a withdrawal is applied whatever its revision, and is final for its consent id.
    `epoch` is the newest that is known: what an older database said is not believed, unless it narrows.
    """
    newer = is_newer(own, told) and told.epoch >= epoch
    if withdrawn and own.consent_id == told.consent_id and not newer:
        return msgspec.structs.replace(own, state=SeenState.STOPPED)
    if not newer:
        return own
    return msgspec.structs.replace(
        own,
        consent_id=told.consent_id,
        state=SeenState.STOPPED if withdrawn or told.state is RowState.STOPPED else SeenState.GIVEN,
        epoch=told.epoch,
        revision=told.revision,
        valid_from=told.valid_from,
        valid_until=told.valid_until,
    )


def consent_fact(own: SeenRow | None, asked: RowCoverage | None, *, epoch: int, trusted: bool, now: datetime) -> ConsentFact | None:
    """What the rules may believe about consent for one item. None is unknown, and never a yes.

    Our own row decides a yes, and only while we may trust it: consent's answer to a miss has been applied to it already.
    What stands between question and yes (who is missing, who refused) only consent knows.
    """
    if asked is not None and asked.state is not CoverageState.GIVEN:
        return ConsentFact(state=asked.state, missing=asked.missing)  # also when our copy would say yes: a difference narrows
    if own is not None and trusted and own.lets_through(epoch, now):
        return ConsentFact(state=CoverageState.GIVEN)
    if own is not None and own.state is SeenState.STOPPED:
        return ConsentFact(state=CoverageState.WITHDRAWN)
    return None
