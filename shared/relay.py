"""The only way out of a house: from the outbox to JetStream, at start, at retry and in daily life alike.

A row leaves when every receiver has said that it committed it, for JetStream can lose what it acknowledged. Until then it is
sent again, each time under a new message id: the server's duplicate window only answers for a publish whose answer was lost.
"""

import asyncio
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from asyncpg import Record
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import PubAck

from shared import outbox, sql, subjects
from shared.bus import FAILURES, Bus
from shared.chain import GENESIS, next_link
from shared.database import BUSY, OUT_OF_REACH, Connection, Database
from shared.errors import Unavailable
from shared.testpoints import reached

QUERIES = sql.load("shared", "relay.sql")

BATCH: Final = 256
"""Rows per round: one window of publishes, one update."""
ACK_WITHIN: Final = 5.0
"""Seconds for the acknowledgements of one window."""
AGAIN: Final = timedelta(seconds=60)
"""After this an event without all receipts is sent again; then after 2, 4 and 8 times as long, and so on every 8 minutes."""
NOTICE_AGAIN: Final = timedelta(minutes=15)
"""The same for notices, doubling up to 16 hours: an organisation may be away for days, and its inbox over HTTP has them all."""
KEEP_SENT: Final = timedelta(hours=1)
KEEP_SEEN: Final = timedelta(days=60)
"""Longer than any stream keeps a message."""
LOOK_AGAIN: Final = timedelta(seconds=5)
"""Time between two looks for rows to send again."""


class Receipt(msgspec.Struct, frozen=True):
    """What a receiver says after its commit. Who it is stands in the subject."""

    ids: tuple[UUID, ...]


class Relay:
    """One house's relay. Of several replicas the one with the advisory lock works.

    Its connection carries the lock and the writes, so that a relay which has lost the lock can no longer mark anything.
    """

    def __init__(self, house: str, database: Database, bus: Bus) -> None:
        self.house = house
        self.database = database
        self.bus = bus
        self._connection: Connection | None = None  # holds the lock while not None
        self._receipts: dict[str, list[UUID]] = defaultdict(list)  # owned by the receipts' handler and _apply_receipts
        self._hears_receipts = False
        self._look_again_at: datetime | None = None
        self._outages = 0  # of the bus, as far as the relay has heard of them
        self._in_doubt_before: datetime | None = None

    async def run_once(self, now: datetime) -> int:
        """Apply receipts, number new entries, publish what is due; returns how many rows were published.

        Call it whenever `database.committed` is set and at least once a second. Raises Unavailable when PostgreSQL or NATS is
        out of reach; everything then waits in the outbox.
        """
        self.database.committed.clear()
        try:
            connection = await self._locked()
            if connection is None:
                return 0
            await self._apply_receipts(connection, now)
            await self._number(connection)
            rows = await self._due(connection, now)
            stored = await self._publish(rows)
            await self._mark(connection, stored, now)
        except (*OUT_OF_REACH, *BUSY, *FAILURES) as failure:
            await self.close()
            raise Unavailable from failure
        more = len(rows) >= BATCH or self._in_doubt_before is not None
        if self._receipts or (more and stored):  # what no stream takes is tried again at the next interval, not without a pause
            self.database.committed.set()
        return len(stored)

    async def close(self) -> None:
        """Give the lock to another replica."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self.database.end_session(connection)

    async def _locked(self) -> Connection | None:
        """The connection that holds this house's lock; None while another replica has it, which is then poked."""
        if self._connection is not None:
            return self._connection
        connection = await self.database.pool.acquire()
        try:
            if await connection.fetchval(QUERIES["try_lock"], zlib.crc32(b"relay:" + self.house.encode())):
                await connection.add_listener("outbox", self._poked)
                self._connection = connection
            else:
                await connection.execute(QUERIES["poke"])
        finally:
            if self._connection is None:
                await self.database.pool.release(connection)
        if self._connection is not None and not self._hears_receipts:
            self._hears_receipts = True
            await self.bus.subscribe(subjects.receipt(self.house, "x")[:-1] + "*", self._hear_receipt)
        return self._connection

    def _poked(self, *_notification: object) -> None:
        self.database.committed.set()

    async def _hear_receipt(self, msg: Msg) -> None:
        prefix, _, receiver = msg.subject.rpartition(".")
        if prefix != f"samsyn.receipt.{self.house}" or self._connection is None:
            return  # not ours, or no longer: the rows are sent again and the receipts said again
        try:
            self._receipts[receiver].extend(msgspec.json.decode(msg.data, type=Receipt).ids)
        except msgspec.DecodeError:
            return
        self.database.committed.set()

    async def _apply_receipts(self, connection: Connection, now: datetime) -> None:
        heard, self._receipts = self._receipts, defaultdict(list)
        for receiver, ids in heard.items():
            await outbox.receive(connection, receiver, ids, now=now)

    async def _number(self, connection: Connection) -> None:
        """Give new entries their place in the producer's chain. Durable before the first publish: a number never changes."""
        async with connection.transaction():
            rows = await connection.fetch(QUERIES["unnumbered"], BATCH)
            if not rows:
                return
            await connection.execute(QUERIES["start_chain"], GENESIS)
            sequence, link = await connection.fetchrow(QUERIES["lock_chain"]) or (0, GENESIS)
            numbered: list[tuple[UUID, int, bytes]] = []
            for row in rows:
                sequence += 1
                numbered.append((row["id"], sequence, link))
                link = next_link(link, sequence, row["body"])
            await connection.execute(QUERIES["number"], *(list(column) for column in zip(*numbered, strict=True)))
            await connection.execute(QUERIES["move_chain"], sequence, link)

    async def _due(self, connection: Connection, now: datetime) -> Sequence[Record]:
        """What was never published; now and then also what was, and whose receipts are missing. After an outage at once."""
        if self._outages != self.bus.outages:
            self._outages, self._in_doubt_before = self.bus.outages, now
        if self._in_doubt_before is not None:
            # A killed server forgets what it acknowledged a moment ago, and then audit would wait for a gap to be filled
            if doubtful := await connection.fetch(QUERIES["in_doubt"], self._in_doubt_before, BATCH):
                return doubtful
            self._in_doubt_before = None
        if self._look_again_at is None or now >= self._look_again_at:
            self._look_again_at = now + LOOK_AGAIN
            await connection.execute(QUERIES["sweep_outbox"], now - KEEP_SENT)
            await connection.execute(QUERIES["sweep_inbox"], now - KEEP_SEEN)
            stale = await connection.fetch(QUERIES["stale"], now, AGAIN, NOTICE_AGAIN, BATCH)
            if len(stale) == BATCH:
                self._look_again_at = now
                return stale
            return [*stale, *await connection.fetch(QUERIES["fresh"], BATCH)]
        return await connection.fetch(QUERIES["fresh"], BATCH)

    async def _publish(self, rows: Sequence[Record]) -> list[UUID]:
        """Publish in order, in one window; returns the ids whose acknowledgement came."""
        if not rows:
            return []
        reached(f"{self.house}.relay-unpublished")
        js: JetStreamContext = self.bus.js
        waiting: dict[asyncio.Future[PubAck], UUID] = {}
        for row in rows:
            waiting[await js.publish_async(self._subject(row), row["body"], headers=self._headers(row))] = row["id"]
        done, late = await asyncio.wait(waiting, timeout=ACK_WITHIN)
        for future in late:
            future.cancel()
        # One that failed stays as it is and is sent again next time, behind those that were stored: receivers judge by
        # revision or sequence number, not by the order of arrival.
        return [waiting[future] for future in done if future.exception() is None]

    async def _mark(self, connection: Connection, stored: Sequence[UUID], now: datetime) -> None:
        """From here a crash costs no second publish. Before, the same message id is used again, and the server drops it."""
        if stored:
            reached(f"{self.house}.relay-unmarked")
            await connection.execute(QUERIES["mark_published"], stored, now)

    def _subject(self, row: Record) -> str:
        if row["organisation"] is None:
            return subjects.event(self.house, row["name"])
        return subjects.notice(row["organisation"], self.house, row["name"])

    def _headers(self, row: Record) -> dict[str, str]:
        """CloudEvents 1.0 in binary mode, plus an entry's place in the producer's chain."""
        headers: dict[str, str] = {
            "Nats-Msg-Id": f"{row['id']}.{row['tries']}",
            "ce-specversion": "1.0",
            "ce-id": str(row["id"]),
            "ce-source": f"/samsyn/{self.house}",
            "ce-type": subjects.event(self.house, row["name"]),
            "ce-time": row["created_at"].astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "content-type": "application/json",
        }
        optional: Mapping[str, str | None] = {
            "traceparent": row["traceparent"],
            "samsyn-sequence": str(row["producer_sequence"]) if row["producer_sequence"] is not None else None,
            "samsyn-previous": row["previous_hash"].hex() if row["previous_hash"] is not None else None,
        }
        return headers | {name: value for name, value in optional.items() if value is not None}
