"""The record of processing activities of an organisation (GDPR art. 30), as far as Samsyn knows it: out of rules and agreements."""

from datetime import datetime

import msgspec

from services.audit.domain.keeper import Keeper
from services.audit.storage import register
from services.audit.usecases.record_reading import may_read, record_reading, record_refusal
from shared.auth import Caller
from shared.contracts.processing import ProcessingFound
from shared.database import Connection

KEPT_YEARS = 5
"""How long entries are kept after the log's year has ended, at the least (HSLF-FS 2016:40 4:9; the municipality's plan may say more)."""


class OwnLog(msgspec.Struct, frozen=True, kw_only=True):
    """The activity that is the log itself: employees' acts about children, by token, to show who did what (GDPR art. 5.2, 32)."""

    purposes: tuple[str, ...] = ("accountability", "security")
    subjects: tuple[str, ...] = ("child", "guardian", "employee")
    kept_years: int = KEPT_YEARS


class ProcessingRecords(msgspec.Struct, frozen=True, kw_only=True):
    """All activities. What the controller alone knows (its contact, its measures outside Samsyn) it adds itself."""

    organisation: str
    made_at: datetime
    sharing: ProcessingFound
    log: OwnLog = OwnLog()


async def tell_processing(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, found: ProcessingFound, *, now: datetime
) -> ProcessingRecords | None:
    """What sharing answered, for the organisation's officer; None, and an entry, for everybody else."""
    if not await may_read(tx, caller, organisation, now=now):
        await record_refusal(tx, keeper, caller, organisation if await register.is_known(tx, organisation) else None, now=now)
        return None
    await record_reading(tx, keeper, caller, organisation, "processing.read", count=len(found.records), now=now)
    return ProcessingRecords(organisation=organisation, made_at=now, sharing=found)
