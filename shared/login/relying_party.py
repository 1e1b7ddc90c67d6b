"""OpenID Connect as a client: authorization code with PKCE, nothing else (RFC 9700, Swedish OpenID Connect profile 1.0).

authlib builds the authorization request and redeems the code; what comes back is read by `id_token.py`. A login in numbered steps:
(1) the answer belongs to a login that this browser began here, and comes once; (2) it comes from our provider (RFC 9207);
(3) the code is redeemed with the verifier; (4) the ID token is right and of this login; (5) it is as strong and as fresh as was
asked; (6) UserInfo is signed and about the same person.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx2 as httpx
import msgspec
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from shared.errors import Unauthenticated, Unavailable
from shared.login.config import LoginConfig
from shared.login.id_token import Answers, authenticated_at
from shared.login.sessions import ATTEMPT_LIFE, Attempt, Login, Sessions, digest, is_random, new_random
from shared.tokens.fetch import TIMEOUT, Fetcher, FetchFailed
from shared.tokens.jwks import KeySets
from shared.tokens.metadata import Metadata, discover
from shared.tokens.strict_jose import JoseFault, load_object, text_claim

METADATA_LIFE: Final = timedelta(minutes=5)
FRESH_SECONDS: Final = 0
"""`max_age` where a fresh login is asked for: the provider must ask the person again."""
SKEW: Final = timedelta(seconds=10)
_CODE_LENGTH: Final = 2048


class LoginRefused(Exception):
    """Why a login ends without a session: a constant sentence."""


class RelyingParty:
    """One house's client at one provider."""

    def __init__(self, config: LoginConfig, sessions: Sessions, key_sets: KeySets, fetcher: Fetcher) -> None:
        self.config = config
        self.sessions = sessions
        self.answers = Answers(key_sets, issuer=config.issuer, client_id=config.client_id, algorithms=config.algorithms)
        self._fetcher = fetcher
        self._metadata: tuple[Metadata, datetime] | None = None

    async def metadata(self, now: datetime) -> Metadata:
        """The provider's metadata, at most 5 minutes old. Raises Unavailable."""
        if self._metadata is None or now - self._metadata[1] > METADATA_LIFE:
            try:
                self._metadata = (await discover(self._fetcher, self.config.issuer), now)
            except FetchFailed as error:
                raise Unavailable("issuer-unavailable") from error
        return self._metadata[0]

    async def begin(self, browser: str, *, return_to: str, strong: bool, fresh: bool, now: datetime) -> str:
        """Where to send the browser. `browser` is the value of its attempt cookie, `return_to` has been checked.

        Raises Unavailable when the provider is out of reach or does not offer PKCE with S256 (no downgrade).
        """
        metadata = await self.metadata(now)
        if metadata.authorization_endpoint is None or "S256" not in metadata.code_challenge_methods_supported:
            raise Unavailable("issuer-unavailable")
        attempt = Attempt(
            browser_hash=digest(browser),
            nonce=new_random(),
            code_verifier=new_random(),
            return_to=return_to,
            is_strong=strong or self.config.is_always_strong,
            max_age_seconds=FRESH_SECONDS if fresh else None,
            begun_at=now,
        )
        state = new_random()
        parameters = self._parameters(attempt, state)
        if metadata.pushed_authorization_request_endpoint is not None:
            parameters = await self._push(metadata.pushed_authorization_request_endpoint, parameters, now)
        elif metadata.require_pushed_authorization_requests:
            raise Unavailable("issuer-unavailable")
        await self.sessions.begin_attempt(state, attempt)
        return str(httpx.URL(metadata.authorization_endpoint).copy_merge_params(parameters))

    async def finish(self, answer: Mapping[str, str], browser: str | None, now: datetime) -> tuple[Login, str]:
        """The checked login of an authorization response and where to go then. Raises Unauthenticated or Unavailable."""
        try:
            attempt = await self._own_attempt(answer.get("state"), browser, now)  # (1)
            metadata = await self.metadata(now)
            code = self._code(answer, metadata)  # (2)
            tokens = await self._redeem(code, attempt, metadata, now)  # (3)
            claims = await self.answers.id_token(_text(tokens, "id_token"), nonce=attempt.nonce, now=now)  # (4)
            self._check_strength(claims, attempt, now)  # (5)
            info = await self._user_info(tokens, claims["sub"], metadata, now)  # (6)
            return await self._login(claims, info, tokens, now), attempt.return_to
        except (LoginRefused, JoseFault) as fault:
            raise Unauthenticated("login-refused", str(fault)) from fault
        except FetchFailed as error:
            raise Unavailable("issuer-unavailable") from error

    def _parameters(self, attempt: Attempt, state: str) -> dict[str, str]:
        config = self.config
        parameters = {
            "response_type": "code",
            "client_id": config.client_id,
            "redirect_uri": config.redirect_uri,
            "scope": " ".join(["openid", *sorted(config.identity_scopes | config.scopes)]),
            "state": state,
            "nonce": attempt.nonce,
            "code_challenge": create_s256_code_challenge(attempt.code_verifier),
            "code_challenge_method": "S256",
        }
        if attempt.is_strong:
            # Essential: the provider must answer unmet_authentication_requirements rather than downgrade.
            asked = {"id_token": {"acr": {"essential": True, "values": sorted(config.acr)}}}
            parameters["claims"] = msgspec.json.encode(asked).decode()
        if attempt.max_age_seconds is not None:
            parameters["max_age"] = str(attempt.max_age_seconds)
        return parameters

    async def _push(self, endpoint: str, parameters: dict[str, str], now: datetime) -> dict[str, str]:
        """RFC 9126: the request goes over our own connection; the browser carries a reference."""
        form = parameters | self.config.key.form(self.config.client_id, self.config.issuer, now)
        try:
            response = await self._fetcher.client.post(endpoint, data=form)
            answer = load_object(response.content)
        except (httpx.HTTPError, OSError, JoseFault) as error:
            raise Unavailable("issuer-unavailable") from error
        request_uri = answer.get("request_uri")
        if response.status_code != httpx.codes.CREATED or not isinstance(request_uri, str):
            raise Unavailable("issuer-unavailable")
        return {"client_id": self.config.client_id, "request_uri": request_uri}

    async def _own_attempt(self, state: str | None, browser: str | None, now: datetime) -> Attempt:
        if state is None or not is_random(state):
            raise LoginRefused("no login under way")
        attempt = await self.sessions.take_attempt(state)
        if attempt is None or now - attempt.begun_at > ATTEMPT_LIFE:
            raise LoginRefused("no login under way")
        if browser is None or not hmac.compare_digest(digest(browser), attempt.browser_hash):
            raise LoginRefused("login begun in another browser")
        return attempt

    def _code(self, answer: Mapping[str, str], metadata: Metadata) -> str:
        issuer = answer.get("iss")
        if issuer is None:
            if metadata.authorization_response_iss_parameter_supported:
                raise LoginRefused("answer does not name its issuer")
        elif issuer != self.config.issuer:
            raise LoginRefused("answer of another issuer")
        if "error" in answer:
            weak = answer["error"] == "unmet_authentication_requirements"
            raise LoginRefused("the provider could not give the login that was asked for" if weak else "the provider refused")
        code = answer.get("code", "")
        if not 0 < len(code) <= _CODE_LENGTH:
            raise LoginRefused("answer without code")
        return code

    async def _redeem(self, code: str, attempt: Attempt, metadata: Metadata, now: datetime) -> dict[str, Any]:
        config = self.config
        form = config.key.form(config.client_id, config.issuer, now)
        del form["client_id"]  # authlib adds it again, and a repeated parameter is refused (RFC 6749 3.2)
        client = AsyncOAuth2Client(
            config.client_id,
            token_endpoint_auth_method="none",  # noqa: S106  the assertion below is the authentication, in Ena's strict form
            redirect_uri=config.redirect_uri,
            timeout=TIMEOUT,
            trust_env=False,
            verify=self._fetcher.tls,
        )
        try:
            async with client:
                tokens: dict[str, Any] = await client.fetch_token(
                    metadata.token_endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.code_verifier,
                    redirect_uri=config.redirect_uri,
                    **form,
                )
        except AuthlibBaseError as error:
            raise LoginRefused("the provider did not take the code") from error
        except httpx.HTTPStatusError as error:
            if error.response.is_client_error:
                raise LoginRefused("the provider did not take the code") from error
            raise Unavailable("issuer-unavailable") from error
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise Unavailable("issuer-unavailable") from error
        return tokens

    def _check_strength(self, claims: Mapping[str, Any], attempt: Attempt, now: datetime) -> None:
        if attempt.is_strong and str(claims.get("acr")) not in self.config.acr:
            raise LoginRefused("login weaker than was asked for")
        if attempt.max_age_seconds is not None:
            oldest = attempt.begun_at - timedelta(seconds=attempt.max_age_seconds) - SKEW
            if not oldest <= authenticated_at(claims) <= now + SKEW:
                raise LoginRefused("login older than was asked for")

    async def _user_info(self, tokens: Mapping[str, Any], subject: str, metadata: Metadata, now: datetime) -> dict[str, Any]:
        if metadata.userinfo_endpoint is None:
            return {}
        headers = {"Authorization": f"Bearer {_text(tokens, 'access_token')}", "Accept": "application/jwt"}
        raw = await self._fetcher.get(metadata.userinfo_endpoint, headers=headers)
        return await self.answers.user_info(raw.decode("ascii", "replace"), subject=subject, now=now)

    async def _login(self, claims: Mapping[str, Any], info: Mapping[str, Any], tokens: Mapping[str, Any], now: datetime) -> Login:
        config = self.config
        granted = tokens.get("scope")
        scopes = config.scopes if not isinstance(granted, str) else config.scopes & set(granted.split(" "))
        known = {**info, **claims}
        return Login(
            issuer=config.issuer,
            subject=claims["sub"],
            sid=text_claim(known, "sid") if "sid" in claims else None,
            organisation=text_claim(known, config.organisation_claim) if config.organisation_claim in known else None,
            acr=text_claim(known, "acr") if "acr" in claims else None,
            authenticated_at=authenticated_at(claims),
            scopes=scopes,
            person_id=None if config.person_of is None else await config.person_of(info, now),
        )


def _text(tokens: Mapping[str, Any], name: str) -> str:
    value = tokens.get(name)
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise LoginRefused(f"answer without {name}")
    return value
