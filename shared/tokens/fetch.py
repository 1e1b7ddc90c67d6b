"""Small documents of an issuer, fetched so that an issuer (or who sits in between) cannot hurt us."""

import asyncio
import ssl
from functools import cached_property
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx2 as httpx

TIMEOUT: Final = 3.0
"""Seconds for the whole answer, headers and body: a slow-loris trickles bytes within each read's own limit."""

MAX_BYTES: Final = 256 * 1024

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class FetchFailed(Exception):
    """The document did not come, or is not what it has to be. The text is constant and names no address."""


class Fetcher:
    """One HTTP client without redirects, proxies and cookies. Lives as long as the process; `async with` closes it."""

    def __init__(self, *, production: bool, timeout: float = TIMEOUT) -> None:
        self._production = production
        self._timeout = timeout
        self._client: httpx.AsyncClient | None = None

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """The trusted authorities; loading them costs tens of milliseconds, so all clients of the process share them."""
        return httpx.create_ssl_context()

    @property
    def client(self) -> httpx.AsyncClient:
        """The client itself, for requests that are more than a fetch (token, PAR). Made on first use."""
        if self._client is None or self._client.is_closed:
            self._client = httpx.AsyncClient(follow_redirects=False, timeout=self._timeout, trust_env=False, verify=self.tls)
        return self._client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()

    def check_url(self, url: str) -> str:
        """The address back if we may call it: https, or http to this machine outside production. Raises FetchFailed."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise FetchFailed("malformed address") from error
        if not host or parts.username is not None or parts.fragment:
            raise FetchFailed("malformed address")
        if parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK and not self._production):
            return url
        raise FetchFailed("address must be https")

    async def get(self, url: str, *, headers: dict[str, str] | None = None) -> bytes:
        """The body of a 200, at most 256 KiB, within 3 s. Raises FetchFailed, never anything of httpx."""
        self.check_url(url)
        try:
            async with asyncio.timeout(self._timeout), self.client.stream("GET", url, headers=headers) as response:
                if response.status_code != httpx.codes.OK:
                    raise FetchFailed("status is not 200")
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise FetchFailed("too large")
                return bytes(body)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise FetchFailed("not reachable") from error
