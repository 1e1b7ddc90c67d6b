"""Samsyn over HTTP: a POST per question, DPoP-bound, repeatable by its idempotency key."""

from collections.abc import Callable
from datetime import datetime

import httpx2
import msgspec

from samsyn_connect.tokens import TokenSource
from samsyn_connect.transport import A, Unreachable, read

_PATHS = {"receipt": "receipts", "confirm": "inbox/confirmations"}
"""Where the twin's path is not the operation's name."""


class HttpTransport:
    """The HTTP twin of every subject."""

    def __init__(self, base_url: str, tokens: TokenSource, http: httpx2.AsyncClient, clock: Callable[[], datetime]) -> None:
        self._base_url = base_url.rstrip("/")
        self._tokens = tokens
        self._http = http
        self._clock = clock

    async def call(self, kind: str, name: str, request: msgspec.Struct, answer: type[A], *, request_id: str | None = None) -> A:  # noqa: ARG002  the twin's path does not differ by kind
        """POST `/v1/<name>`. Raises Problem or Unreachable."""
        url = f"{self._base_url}/v1/{_PATHS.get(name, name)}"
        try:
            headers = {**await self._tokens.headers("POST", url, self._clock()), "Content-Type": "application/json"}
            if request_id is not None:
                headers["Idempotency-Key"] = request_id
            response = await self._http.post(url, content=msgspec.json.encode(request), headers=headers)
        except httpx2.TransportError as error:
            raise Unreachable from error
        return read(response.status_code, response.content, answer)
