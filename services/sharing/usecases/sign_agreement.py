"""Record that organisations have agreed to work by a collaboration model."""

from datetime import datetime

import msgspec

from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import Agreement
from services.sharing.storage import grants, register
from services.sharing.usecases.record import deny, record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id


class SignAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which organisations, which model, who signed, from and to."""

    model: str
    organisations: tuple[str, ...]
    signed_by: str
    valid_from: datetime
    valid_until: datetime


async def sign_agreement(tx: Connection, caller: Caller, request: SignAgreement, *, now: datetime) -> Agreement | Denied:
    """The agreement, with its entry in the outbox; one that stands already is returned and nothing is done.

    Only the operator may. Raises Invalid for an organisation that is not registered.
    """
    if caller.organisation != await register.operator(tx):
        return await deny(tx, caller, "agreement.signed", "not-the-operator", now=now)
    for place, organisation in enumerate(request.organisations):
        if await register.find_organisation(tx, organisation) is None:
            raise Invalid("unknown-organisation", faults=[Fault(f"#/organisations/{place}", "is not registered")])
    agreement = Agreement(agreement_id=new_id(now), **msgspec.structs.asdict(request))
    if (known := await grants.same_agreement(tx, agreement)) is not None:
        return known
    await grants.save_agreement(tx, agreement)
    await record(tx, caller, "agreement.signed", now=now, model=agreement.model, object_id=agreement.agreement_id)
    return agreement
