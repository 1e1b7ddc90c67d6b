"""Samsyn over HTTP: a POST per question, DPoP-bound, repeatable by its idempotency key."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import httpx2
import msgspec

from samsyn_connect.messages import Inbox, InboxNotice
from samsyn_connect.tokens import TokenSource
from samsyn_connect.transport import A, Trace, Unreachable, carried, no_trace, read

_PATHS = {"receipt": "receipts", "confirm": "inbox/confirmations"}
"""Where the twin's path is not the operation's name."""
LONGEST_WAIT = 25
"""Seconds that Samsyn holds a long poll at most."""
_PATIENCE = 10.0


class HttpTransport:
    """The HTTP twin of every subject."""

    def __init__(self, base_url: str, tokens: TokenSource, http: httpx2.AsyncClient, clock: Callable[[], datetime]) -> None:
        self._base_url = base_url.rstrip("/")
        self._tokens = tokens
        self._http = http
        self._clock = clock
        self.trace: Trace = no_trace

    async def call(self, kind: str, name: str, request: msgspec.Struct, answer: type[A], *, request_id: str | None = None) -> A:  # noqa: ARG002  the twin's path does not differ by kind
        """POST `/v1/<name>`. Raises Problem or Unreachable."""
        url = f"{self._base_url}/v1/{_PATHS.get(name, name)}"
        headers = {"Content-Type": "application/json", **carried(self.trace, request_id)}
        return await self._send("POST", url, answer, headers=headers, content=msgspec.json.encode(request))

    async def inbox(self, *, after: int = 0, wait: int = 0) -> Sequence[InboxNotice]:
        """Every notice that is not confirmed yet, oldest first.

        `wait`: seconds (at most 25) that Samsyn waits for one beyond the position `after`. Raises Problem or Unreachable.
        """
        query = {"after": str(after), "wait": str(min(wait, LONGEST_WAIT))}
        return (await self._send("GET", f"{self._base_url}/v1/inbox", Inbox, params=query, timeout=wait + _PATIENCE)).notices

    async def _send(self, method: str, url: str, answer: type[A], *, headers: dict[str, str] | None = None, **options: Any) -> A:
        proof = await self._tokens.headers(method, url, self._clock())
        try:
            response = await self._http.request(method, url, headers={**(headers or {}), **proof}, **options)
        except httpx2.TransportError as error:
            raise Unreachable from error
        return read(response.status_code, response.content, answer)
