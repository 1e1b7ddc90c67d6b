"""Four eyes over what is about somebody whose identity is protected: two named handlers attest, and one decision may be released. Pure.

Never where the person is, and never in an emergency: break-glass has one pair of eyes and a stranger's (OSL 21:3, 21:3 a; lag 2024:79 5:4).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from services.sharing.domain.cases import AskedItem, DecisionItem
from shared.law.codes import LeafCategory, Purpose
from shared.words import OpaqueId

LASTS: Final = timedelta(hours=24)
"""So long does one attestation count: whoever decides, sends and fetches does it while both still know why."""
PAIRS: Final = 2


class ReleaseAttestation(msgspec.Struct, frozen=True, kw_only=True):
    """One handler's word for one decision. It is never changed, only too old at some time."""

    attestation_id: UUID
    decision_id: UUID
    organisation: OpaqueId
    attested_by: str
    attested_at: datetime
    until_at: datetime

    @property
    def handler(self) -> str:
        """As a list of handlers names them."""
        return f"{self.organisation} {self.attested_by}"


class AttestationView(msgspec.Struct, frozen=True, kw_only=True):
    """The word as it stands. `complete`: two different named handlers have given it, and both still count."""

    attestation_id: UUID
    decision_id: UUID
    attested_at: datetime
    until_at: datetime
    complete: bool


def may_be_released(purpose: str, item: AskedItem | DecisionItem) -> bool:
    """Whether any number of handlers could let this item go."""
    along = item.said.get("along_with") if isinstance(item, DecisionItem) else item.along_with
    return purpose != Purpose.EMERGENCY and LeafCategory.WHEREABOUTS not in {item.category, along}


def named_by(attestations: Iterable[ReleaseAttestation], handlers: Iterable[str]) -> dict[str, ReleaseAttestation]:
    """The word of each who is a handler now: the same handler twice is one."""
    named = set(handlers)
    return {one.handler: one for one in attestations if one.handler in named}
