"""Logging in at the organisation's provider: authorization code with PKCE, nothing else (RFC 9700, Swedish OpenID Connect profile 1.0)."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx2
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from samsyn_connect.config import DeskConfig
from samsyn_connect.desk.sessions import Person, Sessions
from samsyn_connect.tokens import client_assertion, read_answer
from samsyn_connect.transport import Problem, Unreachable

ALGORITHMS = ["ES256", "PS256"]
SKEW = timedelta(seconds=10)
LONGEST_ID_TOKEN = timedelta(minutes=5)
SCOPE = "openid profile"


class LoginRefused(Exception):
    """No session: a text key. Nothing of the provider's answer is repeated."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Login:
    """The desk's client at one provider. Asks for metadata and keys at each login: logins are rare, keys change."""

    def __init__(self, issuer: str, organisation: str, desk: DeskConfig, key: ECKey, http: httpx2.AsyncClient) -> None:
        self._issuer = issuer
        self._organisation = organisation
        self._desk = desk
        self._key = key
        self._http = http

    async def begin(self, sessions: Sessions, browser: str, *, language: str, now: datetime) -> str:
        """Where to send the browser. Raises Unreachable without a provider that offers PKCE with S256 (no downgrade)."""
        metadata = await self._metadata()
        if "S256" not in metadata.get("code_challenge_methods_supported", ()):
            raise Unreachable
        state, attempt = sessions.attempt(browser, now)
        wanted = {"id_token": {"acr": {"essential": True, "values": list(self._desk.acr)}}}
        parameters = {
            "response_type": "code",
            "client_id": self._desk.client_id,
            "redirect_uri": self._desk.redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.verifier),
            "code_challenge_method": "S256",
            "claims": msgspec.json.encode(wanted).decode(),
            "ui_locales": language,
        }
        return str(httpx2.URL(metadata["authorization_endpoint"]).copy_merge_params(parameters))

    async def finish(self, sessions: Sessions, answer: Mapping[str, str], browser: str | None, *, now: datetime) -> Person:
        """The person of an authorization response.

        We check that (1) this browser began the login here, and it comes once; (2) the answer is from our provider (RFC 9207);
        (3) the code is redeemed with the verifier; (4) the ID token is of this login and as strong as was asked; (5) the person is
        one of ours. Raises LoginRefused or Unreachable.
        """
        attempt = sessions.take_attempt(answer.get("state", ""), browser, now)
        if attempt is None:  # (1)
            raise LoginRefused("login-stale")
        metadata = await self._metadata()
        if answer.get("iss", self._issuer) != self._issuer or "code" not in answer:  # (2)
            raise LoginRefused("login-refused")
        tokens = await self._redeem(metadata["token_endpoint"], answer["code"], attempt.verifier, now)  # (3)
        try:
            keys = KeySet.import_key_set(read_answer(await self._get(metadata["jwks_uri"])))  # type: ignore[arg-type]
            claims = self._id_token(str(tokens.get("id_token")), keys, attempt.nonce, now)  # (4)
            info = await self._user_info(metadata, tokens, keys, claims["sub"])
        except (JoseError, ValueError, KeyError, TypeError, Problem) as error:
            raise LoginRefused("login-refused") from error
        if claims.get(self._desk.organisation_claim) != self._organisation or claims["sub"] not in self._desk.people:  # (5)
            raise LoginRefused("login-not-one-of-us")
        return Person(subject=claims["sub"], name=str(info.get("name", "")))

    async def leave(self) -> str:
        """Where to send the browser after logging out here, so that the provider's login ends too (RP-Initiated Logout 1.0)."""
        endpoint = (await self._metadata()).get("end_session_endpoint")
        if endpoint is None:
            return "/"
        query = {"client_id": self._desk.client_id, "post_logout_redirect_uri": f"{self._desk.public_url}/"}
        return str(httpx2.URL(endpoint).copy_merge_params(query))

    async def _metadata(self) -> dict[str, Any]:
        metadata = read_answer(await self._get(f"{self._issuer}/.well-known/openid-configuration"))
        if metadata.get("issuer") != self._issuer:
            raise Unreachable
        return metadata

    async def _get(self, url: str, **headers: str) -> httpx2.Response:
        try:
            return await self._http.get(url, headers=headers)
        except httpx2.TransportError as error:
            raise Unreachable from error

    async def _redeem(self, endpoint: str, code: str, verifier: str, now: datetime) -> dict[str, Any]:
        client = AsyncOAuth2Client(
            self._desk.client_id,
            token_endpoint_auth_method="none",  # noqa: S106  the assertion below is the authentication
            redirect_uri=self._desk.redirect_uri,
            trust_env=False,
        )
        try:
            async with client:
                tokens: dict[str, Any] = await client.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=self._desk.redirect_uri,
                    **client_assertion(self._desk.client_id, self._issuer, self._key, now),
                )
        except AuthlibBaseError as error:
            raise LoginRefused("login-refused") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise Unreachable from error
        return tokens

    def _id_token(self, compact: str, keys: KeySet, nonce: str, now: datetime) -> dict[str, Any]:
        """OpenID Connect Core 3.1.3.7. Raises JoseError, ValueError, KeyError or TypeError."""
        claims = self._signed(compact, keys)
        issued, expires = float(claims["iat"]), float(claims["exp"])
        right = (
            hmac.compare_digest(str(claims["nonce"]), nonce)
            and claims.get("acr") in self._desk.acr
            and issued - SKEW.total_seconds() <= now.timestamp() < expires
            and expires - issued <= LONGEST_ID_TOKEN.total_seconds()
            and isinstance(claims["sub"], str)
        )
        if not right:
            raise ValueError("not this login's ID token")
        return claims

    async def _user_info(self, metadata: Mapping[str, Any], tokens: Mapping[str, Any], keys: KeySet, subject: str) -> dict[str, Any]:
        """Signed, and about the same person (Core 5.3.2)."""
        answer = await self._get(metadata["userinfo_endpoint"], Authorization=f"Bearer {tokens['access_token']}", Accept="application/jwt")
        if not answer.is_success:
            raise ValueError("no UserInfo")
        claims = self._signed(answer.text, keys)
        if claims["sub"] != subject:
            raise ValueError("UserInfo about somebody else")
        return claims

    def _signed(self, compact: str, keys: KeySet) -> dict[str, Any]:
        token = jwt.decode(compact, keys, algorithms=ALGORITHMS)
        if str(token.header.get("typ", "JWT")).lower() != "jwt":
            raise ValueError("another kind of token")
        claims: dict[str, Any] = token.claims
        audience = claims.get("aud")
        if claims.get("iss") != self._issuer or audience not in (self._desk.client_id, [self._desk.client_id]):
            raise ValueError("from or for somebody else")
        return claims
