"""Record that organisations have agreed to work by a collaboration model."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import Agreement
from services.sharing.storage import grants, register
from services.sharing.usecases.administer import is_operator, may_administer, remember
from services.sharing.usecases.record import deny, hide, record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id
from shared.words import OpaqueId, Title


class SignAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which organisations, which model, who signed, from and to."""

    model: OpaqueId
    organisations: tuple[OpaqueId, ...]
    signed_by: Title
    valid_from: datetime
    valid_until: datetime


async def sign_agreement(tx: Connection, caller: Caller, request: SignAgreement, *, now: datetime) -> Agreement | Denied:
    """The agreement, with its entry in the outbox; one that stands already is returned and nothing is done.

    Only the operator may. Raises Invalid for an organisation that is not registered or a period that is none.
    """
    if request.valid_until <= request.valid_from:
        raise Invalid("wrong-period", faults=[Fault("#/valid_until", "must be later than valid_from")])
    if not await is_operator(tx, caller, now=now):
        return await deny(tx, caller, "agreement.signed", "not-the-operator", now=now)
    for place, organisation in enumerate(request.organisations):
        if await register.find_organisation(tx, organisation) is None:
            raise Invalid("unknown-organisation", faults=[Fault(f"#/organisations/{place}", "is not registered")])
    agreement = Agreement(agreement_id=new_id(now), **msgspec.structs.asdict(request))
    if (known := await grants.same_agreement(tx, agreement)) is not None:
        return known
    await grants.save_agreement(tx, agreement)
    await _remember(tx, caller, "agreement.signed", None, agreement, now=now)
    await record(tx, caller, "agreement.signed", now=now, model=agreement.model, object_id=agreement.agreement_id)
    return agreement


async def end_agreement(tx: Connection, caller: Caller, agreement_id: UUID, *, now: datetime) -> Agreement | Hidden:
    """In force no longer: no case, permit or release under it from the commit on. The operator, or any party to it, may."""
    agreement = await _lock(tx, caller, agreement_id, now=now)
    if isinstance(agreement, Hidden) or agreement.revoked_at is not None:
        return agreement
    ended = msgspec.structs.replace(agreement, revoked_at=now)
    await grants.end_agreement(tx, agreement_id, now=now)
    await _remember(tx, caller, "agreement.ended", agreement, ended, now=now)
    await record(tx, caller, "agreement.ended", now=now, model=agreement.model, object_id=agreement_id)
    return ended


class RenewAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until when it goes on, and who signed that."""

    valid_until: datetime
    signed_by: Title


async def renew_agreement(
    tx: Connection, caller: Caller, agreement_id: UUID, request: RenewAgreement, *, now: datetime
) -> Agreement | Denied | Hidden:
    """A new agreement between the same, from now on; the old one runs out or ended on its own day, and stays as it was."""
    agreement = await _lock(tx, caller, agreement_id, now=now)
    if isinstance(agreement, Hidden):
        return agreement
    wanted = SignAgreement(
        model=agreement.model,
        organisations=agreement.organisations,
        signed_by=request.signed_by,
        valid_from=now,
        valid_until=request.valid_until,
    )
    return await sign_agreement(tx, caller, wanted, now=now)


async def _lock(tx: Connection, caller: Caller, agreement_id: UUID, *, now: datetime) -> Agreement | Hidden:
    agreement = await grants.lock_agreement(tx, agreement_id)
    if agreement is not None:
        own = caller.organisation in agreement.organisations and await may_administer(tx, caller, caller.organisation or "", now=now)
        if own or await is_operator(tx, caller, now=now):
            return agreement
    return await hide(tx, caller, owner=None, now=now, object_id=agreement_id)


async def _remember(tx: Connection, caller: Caller, action: str, before: Agreement | None, after: Agreement, *, now: datetime) -> None:
    """In the history of every party."""
    for organisation in after.organisations:
        await remember(
            tx, caller, action, "agreement", str(after.agreement_id), organisation=organisation, before=before, after=after, now=now
        )
