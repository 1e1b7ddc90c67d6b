"""Keep audit's own copy of organisations and grants; an organisation that becomes known gets its log."""

from datetime import datetime

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import Grant, year_of
from services.audit.storage import register
from services.audit.usecases.open_log import open_log
from shared.contracts.sharing import GrantChanged, OrganisationChanged
from shared.database import Connection


async def remember_organisation(tx: Connection, event: OrganisationChanged, *, keeper: Keeper, now: datetime) -> None:
    """The organisation as it is now, and this year's log for it."""
    await register.save_organisation(tx, event.organisation, event.display_name, event.revision, event.systems)
    await open_log(tx, keeper, event.organisation, year_of(now), now=now)


async def remember_grant(tx: Connection, event: GrantChanged, *, now: datetime) -> None:  # noqa: ARG001  the form of every use case behind an event
    """The grant as it is now; an older revision that arrives late changes nothing."""
    grant = Grant(
        grant_id=event.grant_id,
        organisation=event.organisation,
        unit=event.unit,
        principal=event.principal,
        role=event.role,
        valid_from=event.valid_from,
        valid_until=event.valid_until,
        revoked_at=event.revoked_at,
        revision=event.revision,
    )
    await register.save_grant(tx, grant)
