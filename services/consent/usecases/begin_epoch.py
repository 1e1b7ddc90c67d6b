"""After a restore: everything that sharing has heard of this database becomes unknown, and is asked again (DESIGN 5)."""

from datetime import datetime

from services.consent.storage import epoch
from services.consent.usecases.entries import record
from shared.auth import Caller, Kind
from shared.database import Connection


async def begin_epoch(tx: Connection, *, operator: str, above: int, now: datetime) -> int:
    """Raise the epoch, with its entry in the operator's log; returns the new one.

    An epoch is the second in which it began, so it is greater than every earlier one, also than those of copies that were restored
    before; `above` is the epoch that sharing knows, should the clock have gone back. Withdrawals that the restore has lost still stand
    in sharing, for a withdrawal is final for its consent id in every epoch.
    """
    begun = await epoch.raise_epoch(tx, at_least=int(now.timestamp()), above=above)
    await record(tx, _operator(operator), "consent.restored", organisation=operator, now=now)
    return begun


def _operator(organisation: str) -> Caller:
    """Whoever may run the operator's command line on this machine."""
    return Caller(kind=Kind.HOUSE, issuer="samsyn:command-line", subject="operator", client_id="operator", organisation=organisation)
