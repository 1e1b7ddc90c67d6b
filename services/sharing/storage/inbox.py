"""An organisation's open notices as one of its people may see them."""

from shared import sql
from shared.database import Connection
from shared.outbox import OpenNotice

QUERIES = sql.load("services.sharing.storage", "inbox.sql")


async def for_reader(tx: Connection, organisation: str, reader: str, *, limit: int) -> list[OpenNotice]:
    """Oldest first, without those of a person whose identity is protected and whose handlers do not name `reader`."""
    return sql.structs(OpenNotice, await tx.fetch(QUERIES["notices_for_reader"], organisation, reader, limit))
