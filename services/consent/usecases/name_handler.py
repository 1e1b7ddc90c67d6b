"""Name who may see and handle somebody with protected identity: two decide, one takes away (I8)."""

from datetime import datetime

import msgspec

from services.consent.domain.holds import may_decide
from services.consent.storage import holds, organisations, people
from services.consent.usecases.change_handling import change_handling
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.name_child import number_in
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid, Refused


class HandlerShown(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `second-person-needed`, `named`, `removed`. The same bytes whether or not anything is laid on the person."""

    state: str


async def name_handler(
    tx: Connection, means: Means, caller: Caller, number: str, principal: str, *, now: datetime
) -> HandlerShown | AppError:
    """The first one's word waits for another's, who says the same. The list is the organisation's own."""
    digits = number_in(number)
    refusal = await _may_decide(tx, means, caller, "handler.named", now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    if not await organisations.has_grant(tx, principal, caller.organisation, now=now):
        raise Invalid("request-invalid", faults=[Fault("#/principal", "has no grant in your organisation")])
    person = await people.ensure(tx, means.vault, digits, name=None, now=now)
    await people.lock(tx, person.person_id)
    own = caller.organisation
    stands = await holds.handler(tx, person.person_id, own, principal)
    state = "second-person-needed"
    if stands is None:
        await holds.name(tx, person.person_id, own, principal, caller.principal, now=now)
    elif stands.confirmed_by is not None:
        state = "named"
    elif stands.named_by != caller.principal:
        await holds.confirm(tx, person.person_id, own, principal, caller.principal, now=now)
        await change_handling(tx, means.vault, person.person_id, now=now)
        state = "named"
    await record(tx, caller, "handler.named", organisation=own, now=now, subject=person.subject_id, reasons=(state,))
    return HandlerShown(state=state)


async def remove_handler(
    tx: Connection, means: Means, caller: Caller, number: str, principal: str, *, now: datetime
) -> HandlerShown | AppError:
    """At once, by one: it only narrows. Somebody who was not named is removed too, as far as the answer goes."""
    digits = number_in(number)
    refusal = await _may_decide(tx, means, caller, "handler.removed", now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    person = await people.ensure(tx, means.vault, digits, name=None, now=now)
    await people.lock(tx, person.person_id)
    await holds.remove(tx, person.person_id, caller.organisation, principal)
    await change_handling(tx, means.vault, person.person_id, now=now)
    await record(tx, caller, "handler.removed", organisation=caller.organisation, now=now, subject=person.subject_id)
    return HandlerShown(state="removed")


async def _may_decide(tx: Connection, means: Means, caller: Caller, action: str, *, now: datetime) -> AppError | None:
    refusal = await check_grant(tx, caller, action, operator=means.operator, now=now)
    own = caller.organisation
    if refusal is not None or own is None:
        return refusal
    if may_decide(await organisations.roles(tx, caller.principal, own, now=now), own, means.operator):
        return None
    await record(tx, caller, action, organisation=own, now=now, answer="refused", reasons=("no-grant",))
    return Refused("no-grant")
