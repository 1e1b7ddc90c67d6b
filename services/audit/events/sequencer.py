"""The loop that takes producers' entries into their logs, and the one that signs what has grown.

Exactly one sequencer works: it holds an advisory lock in its own session, and its epoch fences off whoever held it before,
should that one still be writing. After a failure it lets go of the lock and starts anew rather than guess.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import asyncpg
from opentelemetry.trace import SpanKind

from services.audit.domain.keeper import Keeper
from services.audit.domain.log import FencedError, LogBrokenError
from services.audit.usecases.append_entries import Incoming, Outcome, append_entries
from services.audit.usecases.grow_root import find_root, grow_root
from services.audit.usecases.publish_checkpoint import due_logs, publish_checkpoint
from services.audit.usecases.scrub_log import next_log, scrub_step
from services.audit.usecases.take_charge import halt_log, is_halted, take_charge
from shared import logs, telemetry
from shared.database import BUSY, OUT_OF_REACH, Connection, Database
from shared.errors import Unavailable
from shared.received import Pull, Received
from shared.telemetry import Attribute

BATCH: Final = 256
"""Entries in one transaction: one commit costs one fsync, however many it carries (rule 12)."""
WITHIN: Final = 0.2
"""Seconds that one source is waited for."""
AGAIN: Final = timedelta(seconds=1)
"""When an entry that had to wait is delivered again."""


class Message(Protocol):
    """What the sequencer needs of a received message (`shared.received.Received`)."""

    source: str
    body: bytes

    @property
    def id(self) -> UUID | None:
        """The outbox row's id."""

    @property
    def sequence(self) -> int | None:
        """Its number in the producer's chain."""

    @property
    def previous(self) -> bytes | None:
        """The link it follows."""

    @property
    def trace(self) -> str | None:
        """The act's trace context."""

    async def ack(self) -> None:
        """Taken, or kept in quarantine."""

    async def retry(self, delay: timedelta) -> None:
        """Deliver it again later."""


class TakeEntries:
    """The loop's work for one source: take in what is there, waiting for it; without being in charge, look again later."""

    def __init__(self, sequencer: "Sequencer", pull: Pull, may_take: Callable[[], bool] = lambda: True) -> None:
        self._sequencer = sequencer
        self._pull = pull
        self._may_take = may_take

    async def run_once(self, now: datetime) -> int:
        """1 when this process is in charge: the next turn may begin at once, for fetching waits itself."""
        if not self._may_take() or not await self._sequencer.is_in_charge():
            return 0
        await self._sequencer.run_once(self._pull, now)
        return 1


class Publish:
    """The loop's work for checkpoints."""

    def __init__(self, sequencer: "Sequencer") -> None:
        self._sequencer = sequencer

    async def run_once(self, now: datetime) -> None:
        """Sign what has grown; whatever that was, the next look is at the next interval."""
        await self._sequencer.publish(now)


class Scrub:
    """The loop's work for what is stored: at a set pace, so that nobody notices it."""

    def __init__(self, sequencer: "Sequencer") -> None:
        self._sequencer = sequencer

    async def run_once(self, now: datetime) -> None:
        """One stretch of one log."""
        await self._sequencer.scrub(now)


class Sequencer:
    """One process's candidate for the work. `run_once` per source; every call may be the last, nothing is kept in memory but the lock."""

    def __init__(self, database: Database, keeper: Keeper, *, may_begin: Callable[[], bool] = lambda: True) -> None:
        self.database = database
        self._may_begin = may_begin
        self.keeper = keeper
        self._lock: Connection | None = None  # the session that holds the advisory lock while this process is in charge
        self._taking = asyncio.Lock()  # one try at a time: two loops ask
        self._epoch = 0

    async def run_once(self, pull: Pull, now: datetime) -> int:
        """Fetch what a source has and take it in; returns how many became entries. Raises Unavailable."""
        if not await self.is_in_charge():
            return 0
        return await self.take(await pull.fetch(BATCH, WITHIN), now)

    async def is_in_charge(self) -> bool:
        """Whether this process may sequence; tries to become the one."""
        async with self._taking:
            return self._may_begin() and await self._try()

    async def _try(self) -> bool:
        if self._lock is not None and _lives(self._lock):
            return True
        await self.close()
        connection = None
        try:
            connection = await self.database.pool.acquire()
            epoch = await take_charge(connection)
        except (*OUT_OF_REACH, *BUSY) as failure:
            if connection is not None:
                await self.database.end_session(connection)
            raise Unavailable from failure
        if epoch is None:
            await self.database.pool.release(connection)
            return False
        self._lock, self._epoch = connection, epoch
        return True

    async def take(self, messages: "Sequence[Received] | Sequence[Message]", now: datetime) -> int:
        """One transaction for the whole batch; only after its commit is anything acknowledged."""
        if not messages:
            return 0
        incoming = [_incoming(message) for message in messages]
        try:
            async with self.database.transaction() as tx:
                outcomes = await append_entries(tx, self.keeper, incoming, epoch=self._epoch, now=now)
        except LogBrokenError as broken:
            await self._halt(broken, now)
            return 0
        except FencedError as fenced:
            await self.close()
            raise Unavailable from fenced
        # From here the entries are durable. A crash before the acknowledgements costs a redelivery, never an entry.
        for message, read in zip(messages, incoming, strict=True):
            outcome = outcomes[read.message_id]
            attributes = {Attribute.MESSAGE: "entry", Attribute.SOURCE: message.source, Attribute.OUTCOME: outcome.value}
            with telemetry.span("event entry", parent=message.trace, kind=SpanKind.CONSUMER, attributes=attributes):
                await (message.retry(AGAIN) if outcome is Outcome.WAITING else message.ack())
        return sum(outcome is Outcome.SEQUENCED for outcome in outcomes.values())

    async def publish(self, now: datetime) -> int:
        """Sign every log that has grown and whose last checkpoint is a second old; returns how many."""
        if not await self.is_in_charge():
            return 0
        async with self.database.connection() as connection:
            due = await due_logs(connection)
        signed = 0
        for log in due:
            try:
                async with self.database.transaction() as tx:
                    signed += await publish_checkpoint(tx, self.keeper, log, now=now) is not None
            except LogBrokenError as broken:
                await self._halt(broken, now)
        await self._root(now)
        return signed

    async def _root(self, now: datetime) -> None:
        """The root log takes the new checkpoints; it is signed every five seconds when it grew."""
        try:
            async with self.database.transaction() as tx:
                root = await find_root(tx)
                if root is None or not await is_halted(tx, root):
                    await grow_root(tx, self.keeper, now=now)
        except LogBrokenError as broken:
            await self._halt(broken, now)

    async def scrub(self, now: datetime) -> int:
        """Go through the next stored rows of the log that has waited longest; 1 while its round goes on. Raises Unavailable."""
        if not await self.is_in_charge():
            return 0
        try:
            async with self.database.transaction() as tx:
                log = await next_log(tx)
                return 0 if log is None or await scrub_step(tx, log, now=now) else 1
        except LogBrokenError as broken:
            await self._halt(broken, now)
            return 0

    async def close(self) -> None:
        """Let another process take over."""
        connection, self._lock = self._lock, None
        if connection is not None:
            await self.database.end_session(connection)

    async def _halt(self, broken: LogBrokenError, now: datetime) -> None:
        """Rule 44: stop this log, stay readable, say which and where. The others go on with the next batch."""
        logs.line("log.halted", level=logging.ERROR, reason=str(broken))
        async with self.database.transaction() as tx:
            await halt_log(tx, broken, now=now)


def _lives(connection: Connection) -> bool:
    """Whether the session stands, as far as we know. The pool takes back by itself a connection that its server ended."""
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        return False


def _incoming(message: "Received | Message") -> Incoming:
    # Without a readable id the body's own hash names it, so that it is kept in quarantine once, however often it comes.
    message_id = message.id or UUID(bytes=hashlib.sha256(message.body).digest()[:16])
    return Incoming(
        producer=message.source, message_id=message_id, sequence=message.sequence, previous_hash=message.previous, body=message.body
    )
