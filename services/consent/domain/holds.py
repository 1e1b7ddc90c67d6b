"""What is laid on a person at once by one, and lifted only by two. Pure."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class HoldKind(StrEnum):
    """What it does."""

    PROTECTED = "protected"
    """Protected identity: only named staff see the person, and nothing is released without a human (I8)."""
    RESTRICTED = "restricted"
    """Restriction of processing (GDPR art. 18): everything given is paused."""


class HoldReason(StrEnum):
    """Why; never said outside this house."""

    REGISTER = "register"
    GUARDIAN = "guardian"
    """A guardian has protected identity, and where the child is would show where they are."""
    ASSESSED = "assessed"
    """By hand: a threat that the register does not know of, OSL 21:3 a."""
    ACCURACY = "accuracy"
    UNLAWFUL = "unlawful"
    LEGAL_CLAIM = "legal-claim"
    OBJECTION = "objection"


BY_HAND = {
    HoldKind.PROTECTED: frozenset({HoldReason.ASSESSED}),
    HoldKind.RESTRICTED: frozenset({HoldReason.ACCURACY, HoldReason.UNLAWFUL, HoldReason.LEGAL_CLAIM, HoldReason.OBJECTION}),
}
"""Which reasons a person may give for which kind: the four of GDPR art. 18.1, and the assessed threat."""
REGISTERS_OWN = ""
"""Whose a hold is that came with the register's word; the operator's staff lift it."""
DECIDING_ROLES = frozenset({"administrator", "manager"})
"""Who in an organisation lifts holds and names who may handle; at the operator, all of its staff."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One hold on one person."""

    hold_id: UUID
    person_id: UUID
    kind: HoldKind
    reason: HoldReason
    organisation: str
    set_by: str
    set_at: datetime
    lift_by: str | None = None
    lift_at: datetime | None = None
    lifted_by: str | None = None
    lifted_at: datetime | None = None

    @property
    def state(self) -> str:
        """`in-force`, `second-person-needed`, `lifted`."""
        if self.lifted_at is not None:
            return "lifted"
        return "in-force" if self.lift_by is None else "second-person-needed"


def may_decide(roles: Collection[str], organisation: str, operator: str) -> bool:
    """Whether somebody with these roles in their organisation may lift a hold or name who may handle."""
    return bool(roles) and (organisation == operator or not DECIDING_ROLES.isdisjoint(roles))
