"""The chain of revisions: tell the audit log its head, and check every link of it (F04, decision 0067)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from services.consent.domain.chain import Chain
from services.consent.storage import chain
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from shared.database import Connection, Database

LOOP = "anchor-feed"
AT_ONCE = 1000


class ChainChecked(msgspec.Struct, frozen=True, kw_only=True):
    """What a check has found."""

    position: int | None
    """The last row whose link holds; None when there is no chain yet."""
    head: str | None
    broken_at: int | None
    """The first row that is changed, missing, or not what the log was told; None when all hold."""


class AnchorFeed:
    """Writes where the chain stands into the operator's log, whose Merkle tree nobody can change behind its witnesses."""

    def __init__(self, database: Database, means: Means) -> None:
        self._database = database
        self._means = means

    async def run_once(self, now: datetime) -> int:
        """One entry where the feed has grown since the last one; never more at once."""
        async with self._database.transaction() as tx:
            await anchor_feed(tx, self._means, now=now)
        return 0


async def anchor_feed(tx: Connection, means: Means, *, now: datetime) -> bool:
    """Whether there was something new. The reasons are position and head, in hexadecimal."""
    head = await chain.anchor(tx)
    if head is None:
        return False
    await record(tx, LOOP, "feed.anchored", organisation=means.operator, now=now, reasons=(str(head[0]), head[1].hex()))
    return True


async def check_chain(tx: Connection, told: Mapping[int, str]) -> ChainChecked:
    """Every link from the first, up to the feed's own head; `told`: heads that the log knows, by position."""
    found, at = Chain(), 0
    while rows := await chain.rows(tx, at, AT_ONCE):
        for row in rows:
            found.follow([row])
            if found.broken_at is None and row.position in told and (row.link or b"").hex() != told[row.position]:
                found.broken_at = row.position
        at = rows[-1].position
    position, head = await chain.head(tx)
    beyond = [one for one in sorted(told) if one > at]
    if found.broken_at is None and (found.head != head or (head is not None and at != position) or beyond):
        found.broken_at = at + 1
    return ChainChecked(position=found.position, head=None if found.head is None else found.head.hex(), broken_at=found.broken_at)
