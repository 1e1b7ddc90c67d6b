"""Words that could not be sent to families: what the operator sees, so that a broken channel is noticed."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.storage import contacts
from services.consent.usecases.allow_operator import allow_operator
from services.consent.usecases.means import Means
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError


class GivenUp(msgspec.Struct, frozen=True, kw_only=True):
    """One. To whom is not said: the notice itself stands in that person's inbox."""

    push_id: UUID
    tries: int
    reason: str
    """A code: `no-way` where the person has taken back where to send, else the channel's."""
    given_up_at: datetime


class GivenUpList(msgspec.Struct, frozen=True, kw_only=True):
    """At most two hundred, newest first; `total` counts them all."""

    given_up: tuple[GivenUp, ...]
    total: int


async def list_given_up(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> GivenUpList | AppError:
    """For the operator's staff, with an entry in the operator's log."""
    refusal = await allow_operator(tx, means, caller, "given-up-notices.listed", now=now)
    if refusal is not None:
        return refusal
    found, total = await contacts.given_up(tx)
    return GivenUpList(given_up=tuple(GivenUp(**msgspec.structs.asdict(one)) for one in found), total=total)
