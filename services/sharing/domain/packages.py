"""A handover package: everything that goes along at a transition, held together until the family has said yes, delivered once. Pure."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from services.sharing.domain.answers import ItemAnswer
from shared.law.codes import Answer

DOCUMENT: Final = "handover-package"
"""What a model names among its documents where it has them."""
HELD_FOR: Final = timedelta(days=60)
"""So long at most, while the key that it is sealed to is still the unit's; then it is gone, and the discloser hears."""


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One, as it stands."""

    package_id: UUID
    permit_id: UUID
    case_id: UUID
    organisation: str
    made_by: str
    made_at: datetime
    until_at: datetime
    sent_at: datetime | None = None
    delivered_at: datetime | None = None


def may_lie_in_it(answer: ItemAnswer) -> bool:
    """What may be told now, and what waits for nothing but the family's yes. The fetch asks again."""
    return answer.answer is Answer.YES or (answer.answer is Answer.WAIT and answer.needs_consent)
