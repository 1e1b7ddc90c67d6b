"""Take a grant back at once."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.outcomes import Hidden
from services.sharing.domain.register import SYSTEM_ROLE, Grant
from services.sharing.storage import grants
from services.sharing.usecases.administer import may_administer, remember
from services.sharing.usecases.grant_access import grant_event
from services.sharing.usecases.record import hide, record
from services.sharing.usecases.register_organisation import tell_speakers
from shared import outbox
from shared.auth import Caller
from shared.database import Connection


async def revoke_access(tx: Connection, caller: Caller, grant_id: UUID, *, now: datetime) -> Grant | Hidden:
    """The grant as revoked, with event and entry in the outbox; a second time nothing is done.

    From the commit on no use case lets its holder through: a release that holds the grant is before it, every other after.
    """
    grant = await grants.lock(tx, grant_id)
    if grant is None or not await may_administer(tx, caller, grant.organisation, now=now):
        return await hide(tx, caller, owner=None if grant is None else grant.organisation, now=now, object_id=grant_id)
    if grant.revoked_at is not None:
        return grant
    revoked = msgspec.structs.replace(grant, revoked_at=now, revision=grant.revision + 1)
    await grants.revoke(tx, grant_id, now=now, revision=revoked.revision)
    await outbox.add(tx, grant_event(revoked), now=now)
    if grant.role == SYSTEM_ROLE:
        await tell_speakers(tx, grant.organisation, now=now)
    await remember(
        tx, caller, "grant.revoked", "grant", str(grant_id), organisation=grant.organisation, before=grant, after=revoked, now=now
    )
    await record(
        tx, caller, "grant.revoked", now=now, organisation=grant.organisation, unit=grant.unit, reasons=(grant.role,), object_id=grant_id
    )
    return revoked


async def take_over_grant(tx: Connection, caller: Caller, grant_id: UUID, *, now: datetime) -> Grant | Hidden:
    """The caller answers for the grant from now on: its manager has left, or hands it over."""
    grant = await grants.lock(tx, grant_id)
    if grant is None or not await may_administer(tx, caller, grant.organisation, now=now):
        return await hide(tx, caller, owner=None if grant is None else grant.organisation, now=now, object_id=grant_id)
    if grant.responsible == caller.principal:
        return grant
    taken = msgspec.structs.replace(grant, responsible=caller.principal, revision=grant.revision + 1)
    await grants.take_over(tx, grant_id, responsible=taken.responsible, revision=taken.revision)
    await outbox.add(tx, grant_event(taken), now=now)
    await remember(
        tx, caller, "grant.taken-over", "grant", str(grant_id), organisation=grant.organisation, before=grant, after=taken, now=now
    )
    await record(tx, caller, "grant.taken-over", now=now, organisation=grant.organisation, unit=grant.unit, object_id=grant_id)
    return taken
