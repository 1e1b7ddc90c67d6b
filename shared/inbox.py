"""The one way of an event in: inbox row and effect in one transaction, commit, receipt, acknowledgement.

Seen before is a receipt and an acknowledgement, nothing else. The acknowledgement only saves traffic; what makes us correct is
the inbox row, and what lets the sender forget is the receipt.
"""

import logging
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import msgspec
from opentelemetry.trace import SpanKind

from shared import logs, sql, streams, subjects, telemetry
from shared.bus import Bus
from shared.clock import monotonic
from shared.contracts.message import Event
from shared.database import Connection, Database
from shared.errors import AppError, Unavailable
from shared.ids import new_id
from shared.received import Received, bind
from shared.relay import Receipt
from shared.telemetry import Attribute
from shared.testpoints import reached

QUERIES = sql.load("shared", "inbox.sql")

BATCH: Final = 64
MOST_TRIES: Final = 10
"""Deliveries before a message that a handler cannot take is dead. A dependency out of reach does not count: that ends."""
_DELAYS: Final = (0.2, 1.0, 5.0, 15.0, 60.0)
VERSION: Final = 1


class Handle(Protocol):
    """A use case behind an event. Its transaction also holds the inbox row, so it happens once."""

    def __call__(self, tx: Connection, event: Any, /, *, now: datetime) -> Awaitable[object]:
        """Do what follows from the event."""
        ...


Handles = Mapping[type[Event], Handle]


class Dead(Exception):
    """This message can never be taken; `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Inbox:
    """What one house hears from one source. Loop `run_once` without pause: it waits for messages itself."""

    def __init__(
        self,
        house: str,
        source: str,
        database: Database,
        bus: Bus,
        handles: Handles,
        *,
        within: float = 1.0,
        most_tries: int = MOST_TRIES,
    ) -> None:
        self.house = house
        self.source = source
        self.database = database
        self.bus = bus
        self._within = within
        self._most_tries = most_tries
        self._pull = bind(bus, source, house)
        # Only what the source may publish: another house's event under its subject is not for us.
        self._handles = {kind.name: (kind, handle) for kind, handle in handles.items() if source in streams.publishers(kind)}

    async def run_once(self, now: datetime) -> int:
        """Handle what is there, waiting up to `within` seconds for the first; returns how many were handled or seen before.

        A use case's `now` is this `now` moved by the time waited. Raises Unavailable when NATS is out of reach.
        """
        started = monotonic()
        done = 0
        for message in await self._pull.fetch(BATCH, self._within):
            done += await self._take(message, now + timedelta(seconds=monotonic() - started))
        return done

    async def close(self) -> None:
        """Stop asking for messages."""
        await self._pull.close()

    async def _take(self, message: Received, now: datetime) -> bool:
        """One message and its one outcome: done, again later, or dead."""
        known = self._handles.get(message.name)
        if known is None:
            await message.ack()  # not for us, or newer than us: then its sender keeps it and sends it again
            return False
        outcome = "done"
        try:
            await self._handle(message, *known, now)
        except Unavailable:
            outcome = "again"
        except Dead as dead:
            outcome = await self._bury(message, dead.reason, now)
        except Exception as error:  # noqa: BLE001  whatever a handler does, the loop goes on; logged below, by type
            reason = error.code if isinstance(error, AppError) else "handler-failed"
            logs.failure("event.failed", error, level=logging.WARNING, event_name=message.name, reason=reason, tries=message.tries)
            outcome = await self._bury(message, reason, now) if message.tries >= self._most_tries else "again"
        logs.line("event.handled", event_name=message.name, source=self.source, outcome=outcome, message_id=str(message.id))
        await self._answer(message, outcome)
        return outcome == "done"

    async def _handle(self, message: Received, kind: type[Event], handle: Handle, now: datetime) -> None:
        if message.version != VERSION:
            raise Dead("version-unknown")
        message_id = message.id
        if message_id is None:
            raise Dead("id-missing")
        try:
            event = message.event(kind)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Dead("cannot-be-read") from error
        attributes = {Attribute.MESSAGE: message.name, Attribute.SOURCE: self.source}
        with telemetry.span(f"event {message.name}", parent=message.trace, kind=SpanKind.CONSUMER, attributes=attributes):
            async with self.database.transaction() as tx:
                if await tx.fetchval(QUERIES["remember_message"], self.source, message_id, now):
                    await handle(tx, event, now=now)
                reached(f"{self.house}.inbox-uncommitted")
            reached(f"{self.house}.inbox-committed")

    async def _bury(self, message: Received, reason: str, now: datetime) -> str:
        """Keep a dead message where people can see and replay it. The sender may forget it then: it is ours."""
        try:
            async with self.database.transaction() as tx:
                letter = (message.id or new_id(now), self.source, message.name, message.subject, message.headers, message.body, reason, now)
                await tx.execute(QUERIES["bury_message"], *letter)
        except Unavailable:
            return "again"
        return "dead"

    async def _answer(self, message: Received, outcome: str) -> None:
        if outcome == "again":
            delay = _DELAYS[min(message.tries, len(_DELAYS)) - 1]
            await message.retry(timedelta(seconds=delay))
            return
        if message.id is not None:
            await self._say_received(message)
        await (message.term() if outcome == "dead" else message.ack())

    async def _say_received(self, message: Received) -> None:
        """From here the sender may forget it. Lost on the way, it is said again when the message comes again."""
        receipt = msgspec.json.encode(Receipt((message.id,) if message.id else ()))
        try:
            await self.bus.publish(subjects.receipt(self.source, self.house), receipt)
        except Unavailable:
            return
