"""The epoch of this database: which of its restored lives it is in."""

from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "epoch.sql")


async def raise_epoch(tx: Connection, *, at_least: int, above: int) -> int:
    """A greater epoch than this database's own and than `above`, and no smaller than `at_least`; returns it."""
    epoch: int = await tx.fetchval(QUERIES["raise_epoch"], at_least, above)
    return epoch
