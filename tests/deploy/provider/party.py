"""A client written from the standards alone, so that the provider is not judged by the code of the houses."""

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from deploy.provider.browser import read_forms
from shared.ids import opaque_id
from shared.tokens.strict_jose import take_apart

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
VERIFIER = "v" * 43


class Clock:
    """The provider's time, moved by the test."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class Party(msgspec.Struct, kw_only=True):
    """One client with its key."""

    issuer: str
    client_id: str
    key: ECKey
    redirect_uri: str
    clock: Clock
    http: httpx2.AsyncClient

    def assertion(self, *, typ: str = "client-authentication+jwt", key: ECKey | None = None, **changed: Any) -> str:
        at = int(self.clock.now.timestamp())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "jti": str(opaque_id()), "iat": at, "exp": at + 60}
        return jwt.encode({"alg": "ES256", "typ": typ}, claims | changed, key or self.key)

    def proof(self, path: str, *, key: ECKey, method: str = "POST", token: str | None = None, **changed: Any) -> str:
        claims: dict[str, Any] = {
            "jti": str(opaque_id()),
            "htm": method,
            "htu": self.issuer + path,
            "iat": int(self.clock.now.timestamp()),
        }
        if token is not None:
            claims["ath"] = s256(token)
        return jwt.encode({"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}, claims | changed, key)

    async def send(self, path: str, *, assertion: str | None = None, proof: str | None = None, **form: str) -> httpx2.Response:
        form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion or self.assertion()} | form
        return await self.http.post(self.issuer + path, data=form, headers={} if proof is None else {"DPoP": proof})

    def wanted(self, **changed: str) -> dict[str, str]:
        """A right authorization request, and what a test makes of it; an empty value leaves the member out."""
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (asked | changed).items() if value}

    async def ask(self, **changed: str) -> httpx2.Response:
        return await self.http.get(self.issuer + "/authorize", params=self.wanted(**changed))

    async def choose(self, page: httpx2.Response, persona: str) -> dict[str, str]:
        """Press a persona's button; returns the parameters that come back to the client."""
        assert page.status_code == 200, page.text
        form = read_forms(page.text)[0]
        answer = await self.http.post(self.issuer + form.action, data=form.hidden | {"persona": persona})
        return returned(answer, self.redirect_uri)

    async def log_in(self, persona: str, **changed: str) -> dict[str, str]:
        return await self.choose(await self.ask(**changed), persona)

    async def redeem(self, code: str, *, proof: str | None = None, **changed: str) -> httpx2.Response:
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "redirect_uri": self.redirect_uri}
        return await self.send("/token", proof=proof, **form | changed)

    async def tokens(self, persona: str, **changed: str) -> dict[str, Any]:
        answer = await self.redeem((await self.log_in(persona, **changed))["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def verified(self, token: str) -> dict[str, Any]:
        """The claims of a token after its signature has been checked against the published keys."""
        keys = KeySet.import_key_set((await self.http.get(self.issuer + "/jwks")).json())
        return dict(jwt.decode(token, keys, algorithms=["ES256"]).claims)


def returned(answer: httpx2.Response, redirect_uri: str) -> dict[str, str]:
    """The parameters of a redirect back to the client, which must be a 303."""
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    assert location.partition("?")[0] == redirect_uri
    return dict(parse_qsl(urlsplit(location).query))


def s256(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def header(token: str) -> dict[str, Any]:
    return take_apart(token).header


def error(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]
