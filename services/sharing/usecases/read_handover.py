"""What one person answers for, before it is handed over: how many open cases, at which unit, by which model."""

from collections import Counter
from datetime import datetime

import msgspec

from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import ADMINISTRATOR
from services.sharing.storage import steering
from services.sharing.usecases.authorise import grants_now
from services.sharing.usecases.record import deny, record
from shared.auth import Caller
from shared.database import Connection


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """Cases of one unit and model. Which children they are about is not needed to hand them over."""

    unit: str
    model: str
    number: int


class HandoverView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that somebody answers for."""

    cases: tuple[Answered, ...]

    @property
    def number(self) -> int:
        """Of all."""
        return sum(one.number for one in self.cases)


async def read_handover(tx: Connection, caller: Caller, leaver: str, *, now: datetime) -> HandoverView | Denied:
    """For whoever leaves, and for an administrator of the same organisation: those who may hand it over."""
    held = await grants_now(tx, caller, now=now)
    if caller.principal != leaver and not any(grant.role == ADMINISTRATOR for grant in held):
        return await deny(tx, caller, "cases.listed", "not-an-administrator", now=now)
    rows = await steering.of_responsible(tx, caller.organisation or "", leaver)
    counted = Counter((str(row["unit"]), str(row["model"])) for row in rows)
    await record(tx, caller, "cases.listed", now=now, reasons=("handover",))
    return HandoverView(cases=tuple(Answered(unit=unit, model=model, number=number) for (unit, model), number in sorted(counted.items())))
