"""One line per event that we listen to."""

from datetime import datetime
from types import MappingProxyType

from services.consent.usecases.hear_disclosed import hear_disclosed, hear_tell_held
from services.consent.usecases.hear_erased import hear_erased
from services.consent.usecases.hear_sequenced import hear_sequenced
from services.consent.usecases.means import Means
from services.consent.usecases.open_request import open_request
from services.consent.usecases.remember_grant import remember_grant
from services.consent.usecases.remember_organisation import remember_organisation
from shared.contracts.consent import Erased
from shared.contracts.entry import Sequenced
from shared.contracts.sharing import ConsentWanted, Disclosed, GrantChanged, OrganisationChanged, TellHeld
from shared.database import Connection
from shared.inbox import Handles


def handles(means: Means) -> Handles:
    """Event to use case, with this house's key and texts; the inbox opens the transaction and notes what has been handled."""

    async def open_wanted(tx: Connection, event: ConsentWanted, *, now: datetime) -> None:
        await open_request(tx, means, event, now=now)

    async def hear_of_erased(tx: Connection, event: Erased, *, now: datetime) -> None:
        await hear_erased(tx, means, event, now=now)

    return MappingProxyType(
        {
            ConsentWanted: open_wanted,
            OrganisationChanged: remember_organisation,
            GrantChanged: remember_grant,
            Disclosed: hear_disclosed,
            TellHeld: hear_tell_held,
            Erased: hear_of_erased,
            Sequenced: hear_sequenced,
        }
    )
