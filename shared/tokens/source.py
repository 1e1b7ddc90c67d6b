"""Our own access tokens: client credentials, bound to a key that lives only in this process, renewed before they end."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx2 as httpx
import msgspec
import stamina
from cryptography.hazmat.primitives.asymmetric import ec

from shared.clock import utc_now
from shared.errors import Unavailable
from shared.tokens.client_key import ClientKey
from shared.tokens.dpop import make_proof
from shared.tokens.fetch import MAX_BYTES, Fetcher, FetchFailed
from shared.tokens.metadata import discover
from shared.tokens.strict_jose import JoseFault, load_object

RENEW_AT: Final = 2 / 3
"""Of a token's life: NATS closes a connection for good when its token runs out (design/identity.md 1.7)."""
RETRY: Final = timedelta(seconds=5)
"""Between two tries to renew while the present token still lives."""
MAX_LIFETIME: Final = 3600


class TokenRefused(Unavailable):
    """The issuer answers and says no: our own configuration is wrong. `error` is its OAuth code (RFC 6749 5.2)."""

    def __init__(self, error: str) -> None:
        super().__init__("issuer-unavailable")
        self.error = error


class _OutOfReach(Exception):
    """A try that may go better the next time."""


class Token(msgspec.Struct, frozen=True):
    """An access token and its times."""

    text: str
    renew_at: datetime
    expires_at: datetime


class Credentials(msgspec.Struct, frozen=True):
    """A token with the proof for exactly one use."""

    token: str
    proof: str
    expires_at: datetime
    renew_at: datetime

    def headers(self) -> dict[str, str]:
        """For an HTTP request."""
        return {"Authorization": f"DPoP {self.token}", "DPoP": self.proof}


class TokenSource:
    """Tokens of one client for one audience. Lives as long as the process; many tasks may ask at once."""

    def __init__(
        self,
        fetcher: Fetcher,
        *,
        issuer: str,
        client_id: str,
        key: ClientKey,
        audience: str,
        scopes: Iterable[str],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._fetcher = fetcher
        self._issuer = issuer
        self._client_id = client_id
        self._key = key
        self._audience = audience
        self._scope = " ".join(sorted(scopes))
        self._clock = clock
        self._proof_key = ec.generate_private_key(ec.SECP256R1())
        self._lock = asyncio.Lock()
        self._token: Token | None = None
        self._tried_at: datetime | None = None
        self._nonce: str | None = None

    async def token(self) -> str:
        """A token with at least a third of its life left where the issuer can be reached.

        Raises Unavailable (TokenRefused where the issuer said no) once the last one has run out.
        """
        return (await self._current()).text

    def proof(self, htm: str, htu: str, token: str) -> str:
        """A proof for one use of this token of ours."""
        return make_proof(self._proof_key, htm=htm, htu=htu, now=self._clock(), token=token)

    async def credentials(self, htm: str, htu: str) -> Credentials:
        """Token and proof for one request or one NATS connection; `renew_at` is when a connection should be made anew."""
        current = await self._current()
        return Credentials(current.text, self.proof(htm, htu, current.text), current.expires_at, current.renew_at)

    async def _current(self) -> Token:
        if (token := self._usable(self._clock())) is not None:
            return token
        # Single flight: who waited here finds the token that the first one brought.
        async with self._lock:
            now = self._clock()
            if (token := self._usable(now)) is not None:
                return token
            self._tried_at = now
            try:
                self._token = await self._renew()
            except Unavailable:
                if self._token is None or self._token.expires_at <= now:
                    raise
            return self._token

    def _usable(self, now: datetime) -> Token | None:
        token = self._token
        if token is None or now >= token.expires_at:
            return None
        is_resting = self._tried_at is not None and now - self._tried_at < RETRY
        return token if now < token.renew_at or is_resting else None

    async def _renew(self) -> Token:
        try:
            async for attempt in stamina.retry_context(on=_OutOfReach, attempts=3, timeout=8.0, wait_initial=0.1, wait_max=1.0):
                with attempt:
                    return await self._request()
        except _OutOfReach as error:
            raise Unavailable("issuer-unavailable") from error
        raise AssertionError("a retry ends with a value or an exception")

    async def _request(self) -> Token:
        try:
            endpoint = (await discover(self._fetcher, self._issuer)).token_endpoint
        except FetchFailed as error:
            raise _OutOfReach from error
        status, answer, nonce = await self._post(endpoint)
        if nonce is not None and nonce != self._nonce:
            self._nonce = nonce
            if answer.get("error") == "use_dpop_nonce":  # RFC 9449 8: the same request, with the nonce and a new assertion
                status, answer, _ = await self._post(endpoint)
        if status != httpx.codes.OK:
            raise TokenRefused(_oauth_error(answer))
        return self._read(answer)

    async def _post(self, endpoint: str) -> tuple[int, dict[str, Any], str | None]:
        now = self._clock()
        form = {"grant_type": "client_credentials", "scope": self._scope, "resource": self._audience}
        form |= self._key.form(self._client_id, self._issuer, now)
        headers = {"DPoP": make_proof(self._proof_key, htm="POST", htu=endpoint, now=now, nonce=self._nonce)}
        try:
            response = await self._fetcher.client.post(endpoint, data=form, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            raise _OutOfReach from error
        if response.is_server_error or response.status_code == httpx.codes.TOO_MANY_REQUESTS or len(response.content) > MAX_BYTES:
            raise _OutOfReach
        try:
            return response.status_code, load_object(response.content), response.headers.get("DPoP-Nonce")
        except JoseFault as error:
            raise TokenRefused("malformed_answer") from error

    def _read(self, answer: Mapping[str, Any]) -> Token:
        text, kind, seconds = answer.get("access_token"), answer.get("token_type"), answer.get("expires_in")
        if not isinstance(text, str) or not isinstance(kind, str) or kind.lower() != "dpop":
            raise TokenRefused("token_not_bound")  # an issuer that ignores our proof gives what any thief could use
        if type(seconds) is not int or not 0 < seconds <= MAX_LIFETIME:
            raise TokenRefused("lifetime_not_accepted")
        now = self._clock()
        return Token(text, now + timedelta(seconds=seconds) * RENEW_AT, now + timedelta(seconds=seconds))


def _oauth_error(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    return error if isinstance(error, str) and error.isascii() and error.isprintable() and len(error) <= 64 else "unknown"  # noqa: PLR2004
