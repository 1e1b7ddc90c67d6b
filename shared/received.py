"""Messages as a durable consumer gets them: one long pull at a time, each message parsed once and judged by its own subject."""

import asyncio
import contextlib
import json
import re
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared import subjects
from shared.bus import FAILURES, Bus
from shared.clock import monotonic
from shared.contracts.message import Event
from shared.errors import Unavailable

E = TypeVar("E", bound=Event)

_EVENT: Final = re.compile(r"samsyn\.([a-z0-9-]+)\.([a-z0-9-]+)\.v([0-9]{1,4})", re.ASCII)
_NOBODY_THERE: Final = "503"
_LINK_BYTES: Final = 32


class Received:
    """One event of the source we are bound to, by its own subject."""

    def __init__(self, msg: Msg, source: str, name: str, version: int) -> None:
        self._msg = msg
        self.source = source
        self.name = name
        self.version = version
        self.subject = msg.subject
        self.headers: dict[str, str] = dict(msg.headers or {})
        self.body: bytes = msg.data

    @classmethod
    def read(cls, msg: Msg, source: str) -> "Received | None":
        """The message, unless its own subject is not an event of `source`: then somebody else sent it, and it is dropped."""
        match = _EVENT.fullmatch(msg.subject)
        return cls(msg, source, match[2], int(match[3])) if match and match[1] == source else None

    @property
    def id(self) -> UUID | None:
        """The outbox row's id (`ce-id`); None when it is missing or no id."""
        try:
            return UUID(self.headers.get("ce-id", ""))
        except ValueError:
            return None

    @property
    def sequence(self) -> int | None:
        """An entry's number in its producer's chain."""
        text = self.headers.get("samsyn-sequence", "")
        return int(text) if re.fullmatch(r"[1-9][0-9]{0,18}", text, re.ASCII) else None

    @property
    def previous(self) -> bytes | None:
        """The link that the producer says the entry follows (`shared.chain`)."""
        try:
            link = bytes.fromhex(self.headers.get("samsyn-previous", ""))
        except ValueError:
            return None
        return link if len(link) == _LINK_BYTES else None

    @property
    def trace(self) -> str | None:
        """The trace context of the act that the event tells of (W3C `traceparent`)."""
        return self.headers.get("traceparent")

    @property
    def tries(self) -> int:
        """How often the server has delivered it, this time included."""
        return int(self._msg.metadata.num_delivered)

    def event(self, kind: type[E]) -> E:
        """The body as this contract; unknown fields are ignored. Raises msgspec.DecodeError."""
        return msgspec.json.decode(self.body, type=kind)

    async def ack(self) -> None:
        """Handled. An acknowledgement can be lost on the way or by a crash: then the message comes again."""
        with contextlib.suppress(*FAILURES):
            await self._msg.ack()

    async def retry(self, delay: timedelta) -> None:
        """Let it come again, not before `delay`."""
        with contextlib.suppress(*FAILURES):
            await self._msg.nak(delay=delay.total_seconds())

    async def term(self) -> None:
        """Never again."""
        with contextlib.suppress(*FAILURES):
            await self._msg.term()


class Pull:
    """A bound durable. Keeps one request open, so that an event arrives the instant it is stored."""

    def __init__(self, bus: Bus, source: str, durable: str) -> None:
        self._bus = bus
        self._subject = f"$JS.API.CONSUMER.MSG.NEXT.{subjects.stream(source)}.{durable}"
        self._source = source
        self._client: Client | None = None  # of which _subscription is; the bus replaces its client
        self._subscription: Subscription | None = None
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()  # ours, for the client's makes a task for each message that is taken from it
        self._wanted = 0  # messages of the open request that have not come
        self._open_until = 0.0

    async def fetch(self, limit: int, within: float) -> list[Received]:
        """What is there, at most `limit`; waits up to `within` seconds for the first. Raises Unavailable when nobody serves the durable."""
        try:
            await self._bound()
            if not self._has_any() and not self._is_open():
                await self._request(limit, within)
            try:
                messages = [await asyncio.wait_for(self._arrived.get(), within)]
            except TimeoutError:
                return []
            while len(messages) < limit and not self._arrived.empty():
                messages.append(self._arrived.get_nowait())
        except FAILURES as failure:
            self._client = None
            raise Unavailable("bus-unavailable") from failure
        read = [Received.read(msg, self._source) for msg in messages if self._is_message(msg)]
        return [message for message in read if message is not None]

    async def close(self) -> None:
        """Stop asking. What was delivered and not acknowledged comes again to whoever asks next."""
        subscription, self._subscription, self._client = self._subscription, None, None
        self._arrived = asyncio.Queue()
        if subscription is not None and self._bus.is_connected:
            await subscription.unsubscribe()

    async def _bound(self) -> Subscription:
        """The subscription on the bus's present connection, or still the old one's while its open request may bring something.

        What comes to a subscription that nobody reads would wait for its redelivery.
        """
        client, old = self._bus.client, self._subscription
        if old is not None and self._client is not None and not self._client.is_closed:
            if client is self._client or self._has_any() or self._is_open():
                return old
            await old.unsubscribe()
        self._subscription = await client.subscribe(client.new_inbox(), cb=self._arrived.put)
        self._client, self._wanted = client, 0
        return self._subscription

    def _has_any(self) -> bool:
        """Whether something has come that nobody has read."""
        return not self._arrived.empty() or (self._subscription is not None and bool(self._subscription.pending_msgs))

    def _is_open(self) -> bool:
        return self._wanted > 0 and monotonic() < self._open_until

    async def _request(self, limit: int, within: float) -> None:
        # A little shorter than our own clock: the server's end of the request is seen before we would ask again.
        expires = max(int(within * 1e9) - 5_000_000, 1_000_000)
        assert self._subscription is not None  # noqa: S101  _bound has just made it
        await self._bus.publish(self._subject, json.dumps({"batch": limit, "expires": expires}).encode(), reply=self._subscription.subject)
        self._wanted, self._open_until = limit, monotonic() + within

    def _is_message(self, msg: Msg) -> bool:
        """Messages of ours carry their own subject; what carries our inbox's is the server's word on the request, or a stranger's."""
        assert self._subscription is not None  # noqa: S101
        if msg.subject != self._subscription.subject:
            self._wanted -= 1
            return True
        self._wanted = 0
        if (msg.headers or {}).get("Status") == _NOBODY_THERE:
            raise Unavailable("bus-unavailable")
        return False


def bind(bus: Bus, source: str, durable: str) -> Pull:
    """A durable on a house's stream; `durable` is the house's own name, or `streams.ENTRIES` for audit's entries."""
    return Pull(bus, source, durable)
