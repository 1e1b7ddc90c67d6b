"""An access token of the organisation's system, bound to its key (RFC 7523, RFC 9449), renewed before it ends."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2
import msgspec
import stamina
from joserfc import jwt
from joserfc.jwk import ECKey

from samsyn_connect.transport import Problem, Unreachable

ASSERTION_LIFE = timedelta(seconds=60)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One token and its end (UTC)."""

    text: str
    expires_at: datetime


class TokenSource:
    """Tokens for one audience. `key` proves the client at the provider and possession at whoever is called."""

    def __init__(
        self, issuer: str, client_id: str, key: ECKey, *, resource: str, scopes: tuple[str, ...], http: httpx2.AsyncClient
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._key = key
        self._resource = resource
        self._scopes = scopes
        self._http = http
        self._endpoint: str | None = None
        self._token: Token | None = None
        self._renew_at: datetime | None = None
        self._lock = asyncio.Lock()

    async def token(self, now: datetime) -> Token:
        """A token with at least a third of its life left. Raises Unreachable without a provider, Problem when it refuses us."""
        async with self._lock:
            if self._token is None or self._renew_at is None or now >= self._renew_at:
                try:
                    self._token = await self._fetch(now)
                except httpx2.TransportError as error:
                    raise Unreachable from error
                self._renew_at = now + (self._token.expires_at - now) * 2 / 3
            return self._token

    def proof(self, method: str, url: str, now: datetime, *, token: str | None = None) -> str:
        """A DPoP proof for one request (RFC 9449 4.2); `url` without query and fragment."""
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self._key.as_dict(private=False)}
        claims: dict[str, Any] = {"htm": method, "htu": url, "iat": int(now.timestamp()), "jti": secrets.token_urlsafe(16)}
        if token is not None:
            claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])

    async def headers(self, method: str, url: str, now: datetime) -> Mapping[str, str]:
        """What an HTTP request carries: the token and its proof."""
        token = await self.token(now)
        return {"Authorization": f"DPoP {token.text}", "DPoP": self.proof(method, url, now, token=token.text)}

    @stamina.retry(on=httpx2.TransportError, attempts=3)
    async def _fetch(self, now: datetime) -> Token:
        if self._endpoint is None:
            metadata = read_answer(await self._http.get(f"{self._issuer}/.well-known/openid-configuration"))
            if metadata["issuer"] != self._issuer:
                raise Problem(502, {"type": "another-issuer"})
            self._endpoint = metadata["token_endpoint"]
        form = {
            "grant_type": "client_credentials",
            **client_assertion(self._client_id, self._issuer, self._key, now),
            "scope": " ".join(self._scopes),
            "resource": self._resource,
        }
        response = await self._http.post(self._endpoint, data=form, headers={"DPoP": self.proof("POST", self._endpoint, now)})
        answer = read_answer(response)
        return Token(text=answer["access_token"], expires_at=now + timedelta(seconds=int(answer["expires_in"])))


def client_assertion(client_id: str, issuer: str, key: ECKey, now: datetime) -> dict[str, str]:
    """The members of a form that authenticate a client (RFC 7523): `aud` is the issuer and nothing else, `jti` is used once."""
    header = {"typ": "client-authentication+jwt", "alg": "ES256", "kid": key.kid}
    issued = int(now.timestamp())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": secrets.token_urlsafe(16),
        "iat": issued,
        "exp": issued + int(ASSERTION_LIFE.total_seconds()),
    }
    assertion = jwt.encode(header, claims, key, algorithms=["ES256"])
    return {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion": assertion}


def read_answer(response: httpx2.Response) -> dict[str, Any]:
    """The provider's JSON. Raises Unreachable for its own faults, Problem with its `error` for ours (RFC 6749 5.2)."""
    if response.is_server_error:
        raise Unreachable
    try:
        answer = msgspec.json.decode(response.content, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise Unreachable from error
    if not response.is_success:
        raise Problem(response.status_code, {"type": str(answer.get("error", "")), "title": "the provider refused the client"})
    return answer
