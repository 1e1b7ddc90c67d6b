"""The holder ends what it has been given, with a coded reason: not the family's withdrawal, and told as what it is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Ending
from services.consent.domain.life import Act, EndReason
from services.consent.usecases.change_rows import Why, stop_because
from services.consent.usecases.hold_consent import hold_consent, record_act
from services.consent.usecases.means import Means
from services.consent.usecases.notify_family import notify_family
from shared.auth import Caller
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError


class ConsentEnded(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `ended` on sharing's word, `being-confirmed` before it."""

    consent_id: UUID
    state: str
    rows: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """The view before sharing's word, and what sharing must confirm."""

    view: ConsentEnded
    stops: tuple[Stop, ...]


async def end_consent(
    tx: Connection, means: Means, caller: Caller, consent_id: UUID, row: int | None, reason: EndReason, *, now: datetime
) -> Ended | AppError:
    """Stop each row that holds or is paused. No earlier yes counts again: giving anew takes everybody's new one."""
    held = await hold_consent(tx, means, caller, consent_id, row, Act.END, now=now)
    if isinstance(held, AppError):
        return held
    why = Why(ending=Ending.ENDED, reason=reason, recorded_by=caller.principal)
    stops = await stop_because(tx, [one.row for one in held.rows], why, now=now)
    await record_act(tx, caller, held, consent_id, Act.END, (reason,), now=now)
    await notify_family(tx, held, consent_id, "ended", now=now)
    rows = tuple(one.asked.row_number for one in held.rows)
    return Ended(view=ConsentEnded(consent_id=consent_id, state="being-confirmed", rows=rows), stops=stops)
