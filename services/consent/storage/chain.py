"""The links of the feed, and how far the audit log knows them."""

from services.consent.domain.chain import Linked
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "chain.sql")


async def rows(tx: Connection, since: int, limit: int) -> list[Linked]:
    """Rows of the feed after a position, in order."""
    return sql.structs(Linked, await tx.fetch(QUERIES["list_links"], since, limit))


async def head(tx: Connection) -> tuple[int, bytes | None]:
    """The last position, and its link; None before the first."""
    found = await tx.fetchrow(QUERIES["get_head"])
    if found is None:
        raise RuntimeError("the feed's row is missing")
    return found["position"], found["head"]


async def anchor(tx: Connection) -> tuple[int, bytes] | None:
    """Take note that the audit log is told of the head; None when it knows it already."""
    found = await tx.fetchrow(QUERIES["anchor"])
    return None if found is None else (found["position"], found["head"])
