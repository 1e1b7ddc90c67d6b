"""The three signed answers of a provider to us as its client: ID token, UserInfo, logout token. Each has its own rules (RFC 8725 3.12)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shared.tokens.jwks import KeySets
from shared.tokens.strict_jose import JoseFault, Jws, check_header, take_apart, text_claim, time_claim, verify

ID_TOKEN_LIFE: Final = timedelta(minutes=5)
"""The longest that the Swedish OpenID Connect profile allows."""
LOGOUT_TOKEN_AGE: Final = timedelta(minutes=2)
SKEW: Final = timedelta(seconds=10)
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"

_TYPES = frozenset({"jwt"})
_LOGOUT_TYPES = frozenset({"logout+jwt"})


class Answers:
    """Reads what one provider signs for one client."""

    def __init__(self, key_sets: KeySets, *, issuer: str, client_id: str, algorithms: tuple[str, ...]) -> None:
        self._key_sets = key_sets
        self._issuer = issuer
        self._client_id = client_id
        self._algorithms = algorithms

    async def id_token(self, compact: str, *, nonce: str, now: datetime) -> dict[str, Any]:
        """The claims of an ID token (OpenID Connect Core 3.1.3.7, Swedish profile). Raises JoseFault.

        What a login needed (`acr`, `max_age`) is looked at by the caller, who knows what was asked.
        """
        claims = (await self._verified(compact, _TYPES, now)).claims
        self._check_audience(claims)
        issued, expires = time_claim(claims, "iat"), time_claim(claims, "exp")
        if expires - issued > ID_TOKEN_LIFE.total_seconds() or expires <= issued:
            raise JoseFault("lifetime not accepted")
        if expires <= now.timestamp():
            raise JoseFault("expired")
        if issued > (now + SKEW).timestamp() or time_claim(claims, "auth_time") > (now + SKEW).timestamp():
            raise JoseFault("from the future")
        if claims.get("nonce") != nonce:
            raise JoseFault("nonce of another login")
        text_claim(claims, "sub")
        return claims

    async def user_info(self, compact: str, *, subject: str, now: datetime) -> dict[str, Any]:
        """The claims of a signed UserInfo answer about the subject of the ID token (Core 5.3.2). Raises JoseFault."""
        claims = (await self._verified(compact, _TYPES, now)).claims
        self._check_audience(claims)
        if text_claim(claims, "sub") != subject:
            raise JoseFault("UserInfo about somebody else")
        return claims

    async def logout_token(self, compact: str, *, now: datetime) -> tuple[str | None, str | None, str]:
        """(`sid`, `sub`, `jti`) of a logout token (Back-Channel Logout 1.0 2.6). Raises JoseFault. Whether it is new, the caller asks."""
        claims = (await self._verified(compact, _LOGOUT_TYPES, now)).claims
        self._check_audience(claims)
        if "nonce" in claims:
            raise JoseFault("a logout token has no nonce")
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
            raise JoseFault("no logout event")
        issued, expires = time_claim(claims, "iat"), time_claim(claims, "exp")
        if not (now - LOGOUT_TOKEN_AGE).timestamp() <= issued <= (now + SKEW).timestamp() or expires <= now.timestamp():
            raise JoseFault("logout token not fresh")
        sid = text_claim(claims, "sid") if "sid" in claims else None
        subject = text_claim(claims, "sub") if "sub" in claims else None
        if sid is None and subject is None:
            raise JoseFault("nobody to log out")
        return sid, subject, text_claim(claims, "jti")

    async def _verified(self, compact: str, types: frozenset[str], now: datetime) -> Jws:
        jws = take_apart(compact)
        # `typ` is optional in an ID token and a UserInfo answer (RFC 7519 5.1), and certified providers leave it out: then it is JWT.
        algorithm = check_header({"typ": "JWT"} | jws.header, types=types, algorithms=self._algorithms)
        if jws.claims.get("iss") != self._issuer:
            raise JoseFault("another issuer")
        key = await self._key_sets.find(self._issuer, jws.header["kid"], algorithm, now=now)
        if key is None:
            raise JoseFault("unknown key")
        verify(jws, key, algorithm)
        return jws

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        audience, party = claims.get("aud"), claims.get("azp", self._client_id)
        if audience not in (self._client_id, [self._client_id]) or party != self._client_id:
            raise JoseFault("another audience")


def authenticated_at(claims: Mapping[str, Any]) -> datetime:
    """`auth_time` of a checked ID token."""
    return datetime.fromtimestamp(claims["auth_time"], UTC)
