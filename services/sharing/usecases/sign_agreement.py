"""Record that organisations have agreed to work by a collaboration model."""

from datetime import datetime

from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import Agreement
from services.sharing.storage import grants, register
from services.sharing.usecases.record import deny, record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Conflict, Fault, Invalid


async def sign_agreement(tx: Connection, caller: Caller, agreement: Agreement, *, now: datetime) -> bool | Denied:
    """True when it is new. Only the operator may; one entry per agreement. Raises Invalid for an organisation that is not registered."""
    if caller.organisation != await register.operator(tx):
        return await deny(tx, caller, "agreement.signed", "not-the-operator", now=now)
    known = await grants.find_agreement(tx, agreement.agreement_id)
    if known is not None:
        if known != agreement:
            raise Conflict("agreement-already-signed")
        return False
    for place, organisation in enumerate(agreement.organisations):
        if await register.find_organisation(tx, organisation) is None:
            raise Invalid("unknown-organisation", faults=[Fault(f"#/organisations/{place}", "is not registered")])
    await grants.save_agreement(tx, agreement)
    await record(tx, caller, "agreement.signed", now=now, model=agreement.model, object_id=agreement.agreement_id)
    return True
