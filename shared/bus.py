"""One NATS connection per process: renewed before its token ends, rebuilt when it was closed, and honest about being connected.

nats-py closes for good when a token expires, tries a refused login again for ever, and may return from `connect` without a
connection. So its own reconnecting is off: this class holds the subscriptions and makes a new client, *before* the old one's
token ends (then nothing is unsubscribed in between) or as soon as it was closed.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol, TypeVar

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from shared import logs, nkeys, replies, subjects, telemetry
from shared.clock import utc_now
from shared.contracts.message import Question
from shared.errors import Unavailable

A = TypeVar("A", bound=msgspec.Struct)
Handler = Callable[[Msg], Awaitable[None]]

CONNECT_WITHIN: Final = 5.0
"""Seconds; the server gives the callout three."""
LONGEST_USER: Final = timedelta(minutes=15)
"""The callout's users live no longer than this, nor longer than their token."""
DRAIN_WITHIN: Final = 5.0
REPLIES_WITHIN: Final = timedelta(seconds=2)
"""How long a replaced connection waits for answers to what was asked over it."""
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 0.5
"""Seconds between two tries to connect, doubled from the first to the longest."""
FAILURES: Final = (NatsError, OSError, TimeoutError, RuntimeError)
"""What a lost or refusing NATS looks like from a client; RuntimeError is uvloop's word for a socket that is closed already."""


class Credential(Protocol):
    """An access token for the bus, with the key it is bound to."""

    @property
    def expires_at(self) -> datetime:
        """The token's `exp`."""

    def present(self) -> str:
        """`<access token>~<DPoP proof>`, with a fresh proof for one connection (RFC 9449)."""


Credentials = Callable[[], Awaitable[Credential]]


class Subscription(msgspec.Struct, frozen=True):
    """A standing wish to hear a subject, kept over every connection."""

    subject: str
    queue: str
    handler: Handler


class Bus:
    """The process's connection. `run_once` replaces it when due; the task that `open` starts does so until `close`."""

    def __init__(self, url: str, name: str, *, credentials: Credentials | None, nkey_seed: str | None) -> None:
        if (credentials is None) == (nkey_seed is None):
            raise ValueError("either credentials or an nkey seed")
        self.name = name
        self._url = url
        self._credentials = credentials
        self._seed = nkey_seed
        self._client: Client | None = None
        self._js: JetStreamContext | None = None  # of this client: it holds a subscription for acknowledgements
        self._renew_at: datetime | None = None  # owned by _replace
        self._subscriptions: list[Subscription] = []
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._failures = 0  # owned by _keep
        self.outages = 0
        """How many times a connection was made where there was none any more: the server may have lost what it had said to have stored."""
        self._keeper: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()  # old connections on their way out, messages side by side

    @classmethod
    async def open(
        cls, url: str, *, name: str, credentials: Credentials | None = None, nkey_seed: str | None = None, required: bool = False
    ) -> "Bus":
        """Connect as `name` (a house, or an organisation: replies arrive under its inbox).

        When NATS is out of reach this returns a bus that is not connected and goes on trying: a house answers without it
        what must never be stopped. With `required` it raises Unavailable instead.
        """
        bus = cls(url, name, credentials=credentials, nkey_seed=nkey_seed)
        try:
            await bus.run_once(utc_now())
        except Unavailable:
            if required:
                raise
            bus._failures = 1
        bus._keeper = asyncio.create_task(bus._keep(), name=f"bus-{name}")
        return bus

    async def close(self) -> None:
        """Stop renewing, say goodbye and close; what was published before this is sent."""
        self._ended.set()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await _drained(client)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_connected(self) -> bool:
        """For readiness: whether a server has accepted this process."""
        return self._client is not None and self._client.is_connected

    @property
    def client(self) -> Client:
        """The present connection; do not keep it, it is replaced. Raises Unavailable while there is none."""
        if self._client is None or not self._client.is_connected:
            raise Unavailable("bus-unavailable")
        return self._client

    @property
    def js(self) -> JetStreamContext:
        """JetStream over the present connection. Raises Unavailable while there is none."""
        if self._js is None:
            self._js = self.client.jetstream(timeout=5)
        if not self.is_connected:
            raise Unavailable("bus-unavailable")
        return self._js

    async def publish(self, subject: str, body: bytes, headers: dict[str, str] | None = None, *, reply: str = "") -> None:
        """Send without an acknowledgement, for what may be lost and is said again. Raises Unavailable."""
        try:
            await self.client.publish(subject, body, reply=reply, headers=headers)
        except FAILURES as failure:
            raise Unavailable("bus-unavailable") from failure

    async def subscribe(self, subject: str, handler: Handler, *, queue: str = "", at_once: int = 1) -> None:
        """Hear a subject from now on, also over later connections. One of a `queue` gets each message.

        With `at_once` above one, a slow message does not make the next one wait, and the order is lost.
        """
        subscription = Subscription(subject, queue, handler if at_once == 1 else self._side_by_side(handler, at_once))
        self._subscriptions.append(subscription)
        if self.is_connected:
            await _subscribe(self.client, subscription)

    async def ask(self, question: Question[A], /, *, within: float = 2.0) -> A:
        """Ask the house that the question names. Raises what that house answered, or Unavailable when it did not in time."""
        subject = subjects.call(question.house, question.name)
        reply = await self.request(subject, msgspec.json.encode(question), within=within)
        status = (reply.headers or {}).get(replies.STATUS)
        if status != replies.OK:
            raise replies.error(status, reply.data)
        try:
            answer: A = msgspec.json.decode(reply.data, type=question.answer)
        except msgspec.DecodeError as failure:
            raise Unavailable("answer-not-understood") from failure
        return answer

    async def request(self, subject: str, body: bytes, *, within: float, headers: dict[str, str] | None = None) -> Msg:
        """One request and its reply, with the trace. Raises Unavailable without an answer in time."""
        trace = telemetry.traceparent()
        sent = {**(headers or {}), **({"traceparent": trace} if trace else {})}
        try:
            return await self.client.request(subject, body, timeout=within, headers=sent or None)
        except FAILURES as failure:
            raise Unavailable("no-answer") from failure

    async def ask_all(self, subject: str, body: bytes, *, within: float, quiet: float) -> list[Msg]:
        """One request to everybody who answers: waits `within` seconds for the first, then until nobody has spoken for `quiet`."""
        replies_from: list[Msg] = []
        try:
            subscription = await self.client.subscribe(self.client.new_inbox())
            try:
                await self.client.publish(subject, body, reply=subscription.subject)
                while True:
                    replies_from.append(await subscription.next_msg(quiet if replies_from else within))
            except TimeoutError:  # nats-py's own is one of these
                return replies_from
            finally:
                await subscription.unsubscribe()
        except FAILURES as failure:
            raise Unavailable("no-answer") from failure

    async def run_once(self, now: datetime) -> int:
        """Replace the connection if it is closed or two thirds of its life are over; 1 if it was. Raises Unavailable."""
        closed = self._client is None or self._client.is_closed
        if not closed and (self._renew_at is None or now < self._renew_at):
            return 0
        await self._replace(now)
        return 1

    def _side_by_side(self, handler: Handler, at_once: int) -> Handler:
        """Each message in a task of its own, at most so many; `close` waits for them."""
        room = asyncio.Semaphore(at_once)

        async def one(msg: Msg) -> None:
            try:
                await handler(msg)
            except Exception as error:  # noqa: BLE001  one message must not end the others; logged by type
                logs.failure("bus.handler-failed", error, connection=self.name)
            finally:
                room.release()

        async def start(msg: Msg) -> None:
            await room.acquire()
            self._start(one(msg))

        return start

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self) -> None:
        while not self._ended.is_set():  # a cancellation alone can get lost in nats-py's wait_for, with a connection refused at that moment
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):  # wait_for would leave an unstarted task behind when `close` comes at once
                    await self._changed.wait()
            self._changed.clear()
            try:
                await self.run_once(utc_now())
            except Exception as error:  # noqa: BLE001  whatever it is: a house whose keeper has ended never hears of anything again
                if self._failures == 0:  # said once, not at each try
                    logs.failure("bus.unavailable", error, level=logging.WARNING, connection=self.name)
                self._failures += 1
            else:
                self._failures = 0

    def _pause(self) -> float:
        """Seconds until the next look: ever longer while no server takes us, else until the renewal."""
        if self._failures:
            return float(min(FIRST_PAUSE * 2 ** (self._failures - 1), LONGEST_PAUSE))
        left = 1.0 if self._renew_at is None else (self._renew_at - utc_now()).total_seconds()
        return min(1.0, max(0.0, left))

    async def _replace(self, now: datetime) -> None:
        client, renew_at = await self._connect(now)
        try:
            for subscription in self._subscriptions:
                await _subscribe(client, subscription)
            await client.flush(timeout=2)
        except BaseException as failure:
            await discard(client)
            if isinstance(failure, FAILURES):
                raise Unavailable("bus-unavailable") from failure
            raise
        old, self._client, self._js, self._renew_at = self._client, client, None, renew_at
        self.outages += old is None or old.is_closed
        if old is not None:
            self._start(discard(old) if old.is_closed else self._retire(old, (renew_at - now) / 4 if renew_at else REPLIES_WITHIN))

    async def _retire(self, old: Client, left: timedelta) -> None:
        """Let what was asked over the old connection be answered there, then close it, while its own token still lives."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(left, REPLIES_WITHIN).total_seconds()):
                await self._ended.wait()
        await _drained(old)

    async def _connect(self, now: datetime) -> tuple[Client, datetime | None]:
        """A new client that a server has accepted, and when to replace it."""
        options: dict[str, Any] = {}
        renew_at = None
        if self._credentials is not None:
            credential = await self._credentials()
            options["token"] = credential.present()
            renew_at = now + min(credential.expires_at - now, LONGEST_USER) * 2 / 3
        client = Client()

        async def on_closed() -> None:
            if client is self._client:  # one that never got in makes nobody hurry
                self._changed.set()

        if (seed := self._seed) is not None:
            nkeys.login(client, seed)
            options["signature_cb"] = partial(nkeys.answer, seed)
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await client.connect(
                    servers=[self._url],
                    name=self.name,
                    inbox_prefix=subjects.inbox(self.name),
                    connect_timeout=4,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,  # nats-py's word for tries at a server that is not there: else it tries 60 times, 2 s apart
                    reconnect_time_wait=0,
                    drain_timeout=int(DRAIN_WITHIN),
                    error_cb=self._on_error,
                    closed_cb=on_closed,
                    **options,
                )
                await client.flush(timeout=2)  # connect may have returned without a connection: then this raises
        except BaseException as failure:
            await discard(client)  # also when `close` ends us in the middle
            if isinstance(failure, FAILURES):
                raise Unavailable("bus-unavailable") from failure
            raise
        return client, renew_at

    async def _on_error(self, error: Exception) -> None:
        if not self._failures:  # of a long outage the first try says it
            logs.line("bus.error", level=logging.WARNING, connection=self.name, error=type(error).__name__)


async def _subscribe(client: Client, subscription: Subscription) -> None:
    await client.subscribe(subscription.subject, queue=subscription.queue, cb=subscription.handler)


async def _drained(client: Client) -> None:
    """Let running handlers end, then close; closes in any case."""
    try:
        async with asyncio.timeout(DRAIN_WITHIN):
            for subscription in list(client._subs.values()):  # noqa: SLF001  there is no public list
                if subscription._cb is None:  # noqa: SLF001  pulled from, not handled: what lies in it would keep `drain` waiting
                    await subscription.unsubscribe()
            await client.drain()
    except FAILURES:
        logs.line("bus.not-drained", connection=client.options.get("name"))
    finally:
        await discard(client)


async def discard(client: Client) -> None:
    """Close, the socket too: a client that was closed while it failed may have left it open."""
    with contextlib.suppress(*FAILURES):
        await client.close()
    transport: Any = client._transport  # noqa: SLF001  there is no public name for it
    if transport is not None:
        transport.close()
