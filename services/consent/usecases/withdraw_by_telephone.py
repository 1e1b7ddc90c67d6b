"""Somebody calls and takes it back: staff do it at once, and the family finds it confirmed in its own list."""

from datetime import datetime
from uuid import UUID

from services.consent.domain.consent import Ending
from services.consent.domain.life import Witness
from services.consent.domain.numbers import normalised
from services.consent.storage import consents, people
from services.consent.usecases.change_rows import Why
from services.consent.usecases.hold_consent import open_own
from services.consent.usecases.means import Means
from services.consent.usecases.notify_family import notify_person
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.withdraw_consent import Withdrawn, withdraw_rows, withdrawable
from shared.auth import Caller
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid

ACTION = "consent.withdrawn"


async def withdraw_by_telephone(
    tx: Connection, means: Means, caller: Caller, consent_id: UUID, number: str, witness: Witness, row: int | None, *, now: datetime
) -> Withdrawn | AppError:
    """The same as if the person with this number had pressed; who took the call, and how they knew who it was, stands beside it.

    A number of nobody who may withdraw gives the same answer as an unknown consent: staff learn nothing of who decides.
    """
    digits = normalised(number)
    if digits is None:
        raise Invalid("request-invalid", faults=[Fault("#/number", "not a number of twelve digits")])
    request = await open_own(tx, means, caller, consent_id, ACTION, now=now)
    if isinstance(request, AppError):
        return request
    await people.lock(tx, request.child_id)
    person = await people.find(tx, means.vault, digits)
    rows = [] if person is None else await withdrawable(tx, means, request, consent_id, person.person_id, now=now)
    if person is None or not rows:
        return await refuse_access(tx, caller, owner=request.organisation, object_id=consent_id, now=now)
    if row is not None:
        rows = [one for one in rows if one.row_number == row]
        if not rows:
            raise Invalid("request-invalid", faults=[Fault("#/row", "not a row of this consent")])
    known = await consents.stops(tx, consent_id)
    why = Why(ending=Ending.WITHDRAWN, by=person.person_id, recorded_by=caller.principal, witness=witness)
    withdrawn = await withdraw_rows(tx, means, caller, consent_id, request, rows, why, now=now)
    if len(await consents.stops(tx, consent_id)) > len(known):
        await notify_person(tx, person.person_id, "withdrawn-by-telephone", request.request_id, consent_id, now=now)
    return withdrawn
