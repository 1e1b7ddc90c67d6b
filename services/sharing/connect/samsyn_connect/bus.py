"""Samsyn over NATS: one connection as the organisation, renewed before its token ends; notices from the organisation's own durable.

nats-py tries a refused login again for ever, with the token that was refused, and may return from `connect` without a connection.
So its own reconnecting is off: `run_once` makes a new connection when the old one was closed or its token nears its end.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import FetchTimeoutError

from samsyn_connect.tokens import Token, TokenSource
from samsyn_connect.transport import A, Trace, Unreachable, carried, no_trace, read

FAILURES = (NatsError, OSError, TimeoutError, RuntimeError)  # the last: what uvloop says of a socket that is closed already
CONNECT_WITHIN = 5.0
"""Seconds; Samsyn gives itself three to judge a token."""
LONGEST_LIFE = 600.0
"""Seconds after which a connection is replaced at the latest; the server ends it after fifteen minutes."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Ids only. Confirm it once it is dealt with; it comes again until then."""

    notice_id: str
    name: str
    """`delivery`, `stopped`, `receipt`, ..."""
    body: bytes
    message: Msg
    trace: str = ""
    """W3C `traceparent` of the act that it tells of, to go on with; empty without one."""

    async def acknowledge(self) -> None:
        """Tell NATS not to send it again. Samsyn itself believes only the confirmation (operation `confirm`)."""
        await self.message.ack()


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """The body of C2SP `add-checkpoint`, or None where there is nothing to sign; whether a line that was brought counts."""

    body: str | None = None
    taken: bool = False


class BusTransport:
    """Every subject of one organisation. `open`, then `call` and `notices`; `run_once` keeps it alive."""

    def __init__(self, url: str, audience: str, organisation: str, tokens: TokenSource, clock: Callable[[], datetime]) -> None:
        self._url = url
        self._audience = audience
        self._organisation = organisation
        self._tokens = tokens
        self._clock = clock
        self.trace: Trace = no_trace
        self._client: Client | None = None
        self._renew_at: datetime | None = None
        self._renewing = asyncio.Lock()  # two callers who find no connection make one

    @property
    def is_connected(self) -> bool:
        """Whether a server has accepted us: `connect` may return without."""
        return self._client is not None and self._client.is_connected

    async def run_once(self, now: datetime) -> None:
        """Connect, or replace a connection whose token is two thirds through. Raises Unreachable."""
        async with self._renewing:
            if self.is_connected and self._renew_at is not None and now < self._renew_at:
                return
            token = await self._tokens.token(now)
            old, self._client = self._client, await self._connect(token)
            life = min((token.expires_at - now).total_seconds(), LONGEST_LIFE)
            self._renew_at = datetime.fromtimestamp(now.timestamp() + life * 2 / 3, now.tzinfo)
            if old is not None:
                await _discard(old)

    async def close(self) -> None:
        """Say goodbye."""
        if self._client is not None:
            await _discard(self._client)

    async def call(self, kind: str, name: str, request: msgspec.Struct, answer: type[A], *, request_id: str | None = None) -> A:
        """Request and reply on `samsyn.<kind>.<organisation>.<name>`. Raises Problem or Unreachable."""
        await self.run_once(self._clock())
        headers = carried(self.trace, request_id)
        subject = f"samsyn.{kind}.{self._organisation}.{name}"
        try:
            reply = await self._connected.request(subject, msgspec.json.encode(request), timeout=10, headers=headers or None)
        except FAILURES as error:
            raise Unreachable from error
        return read(int((reply.headers or {}).get("Samsyn-Status", "503")), reply.data, answer)

    async def witness(self, size: int, line: str | None = None) -> Offered:
        """What Samsyn offers a witness that knows `size`, or, with the line it signed, whether that counts. Raises Problem, Unreachable."""
        await self.run_once(self._clock())
        body = msgspec.json.encode({"size": size, "line": line})
        try:
            reply = await self._connected.request(f"samsyn.witness.{self._organisation}", body, timeout=10)
        except FAILURES as error:
            raise Unreachable from error
        return read(int((reply.headers or {}).get("Samsyn-Status", "503")), reply.data, Offered)

    async def notices(self, *, limit: int = 50, within: float = 1.0) -> list[Notice]:
        """What waits for this organisation, oldest first; empty after `within` seconds without any. Raises Unreachable."""
        await self.run_once(self._clock())
        try:
            durable = await self._connected.jetstream().pull_subscribe_bind(consumer=self._organisation, stream="OUT")
            try:
                messages = await durable.fetch(limit, timeout=within)
            except (FetchTimeoutError, TimeoutError):
                return []
            finally:
                await durable.unsubscribe()
        except FAILURES as error:
            raise Unreachable from error
        mine = f"samsyn.out.{self._organisation}."
        return [_notice(message) for message in messages if message.subject.startswith(mine)]

    @property
    def _connected(self) -> Client:
        if self._client is None or not self._client.is_connected:
            raise Unreachable
        return self._client

    async def _connect(self, token: Token) -> Client:
        client = Client()
        proof = self._tokens.proof("CONNECT", self._audience, self._clock(), token=token.text)
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                await client.connect(
                    servers=[self._url],
                    name=self._organisation,
                    inbox_prefix=f"_INBOX_{self._organisation}".encode(),
                    token=f"{token.text}~{proof}",
                    connect_timeout=4,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,  # nats-py's word for tries at a server that is not there: else it tries 60 times, 2 s apart
                    reconnect_time_wait=0,
                )
                await client.flush(timeout=2)  # connect may have returned without a connection
        except BaseException as error:
            await _discard(client)  # also when the caller gives up in the middle
            if isinstance(error, FAILURES):
                raise Unreachable from error
            raise
        return client


async def _discard(client: Client) -> None:
    """Close, the socket too: a client that was closed while it failed may have left it open."""
    with contextlib.suppress(*FAILURES):
        await client.close()
    transport: Any = client._transport  # noqa: SLF001  there is no public name for it
    if transport is not None:
        transport.close()


def _notice(message: Msg) -> Notice:
    headers = message.headers or {}
    return Notice(
        notice_id=headers.get("ce-id", ""),
        name=message.subject.rsplit(".", 1)[-1],
        body=message.data,
        message=message,
        trace=headers.get("traceparent", ""),
    )
