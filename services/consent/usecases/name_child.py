"""Give an organisation its reference to the child with this number."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.numbers import normalised
from services.consent.domain.register import Registered
from services.consent.storage import people
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.learn_custody import learn_custody
from services.consent.usecases.means import Means
from shared.auth import Caller
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid


class ChildNamed(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation's own reference: random, and the same at each asking."""

    child_ref: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """The view, and stops that a change of custody in the register has brought."""

    view: ChildNamed
    stops: tuple[Stop, ...] = ()


def number_in(text: str) -> str:
    """Twelve digits. Raises Invalid with the pointer, and never with the number."""
    digits = normalised(text)
    if digits is None:
        raise Invalid("request-invalid", faults=[Fault("#/number", "not a personal or coordination number of twelve digits")])
    return digits


async def name_child(
    tx: Connection, means: Means, caller: Caller, number: str, found: Registered | None, *, now: datetime
) -> Named | AppError:
    """The same bytes whether or not the child was known. `found` is the register's word of now; None leaves what was known."""
    digits = number_in(number)
    refusal = await check_grant(tx, caller, "child.named", operator=means.operator, now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    child = await people.ensure(tx, means.vault, digits, name=None if found is None else found.name, now=now)
    stops = () if found is None else await learn_custody(tx, means.vault, child, found, now=now)
    child_ref = await people.reference(tx, caller.organisation, child.person_id, now=now)
    await record(tx, caller, "child.named", organisation=caller.organisation, now=now, subject=child.subject_id)
    return Named(view=ChildNamed(child_ref=child_ref), stops=stops)
