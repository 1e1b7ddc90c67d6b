"""Every kind of token that leaves the provider, each with its own `typ` (RFC 8725 3.11)."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError

from deploy.provider.config import OWN_SCOPES_OF_OPENID, Client, Config
from deploy.provider.keys import ALGORITHM, KeyRing
from deploy.provider.people import Persona, is_coordination_number
from deploy.provider.state import Granted, Session
from shared.ids import opaque_id
from shared.tokens.strict_jose import JoseFault, take_apart

ID_TOKEN_LIFE: Final = timedelta(minutes=5)
"""The Swedish OpenID Connect profile's longest."""
LOGOUT_TOKEN_LIFE: Final = timedelta(minutes=2)
ACCESS_TOKEN_TYPE: Final = "at+jwt"  # noqa: S105  a media type
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
CLAIM: Final = "https://id.oidc.se/claim/"
SCOPE: Final = "https://id.oidc.se/scope/"


class Minting:
    """Signs tokens; knows nothing of who may have one."""

    def __init__(self, config: Config, keys: KeyRing) -> None:
        self._issuer = config.issuer
        self._life = timedelta(seconds=config.access_token_seconds)
        self._keys = keys

    def access_token(
        self,
        *,
        subject: str,
        client_id: str,
        audience: str,
        scopes: frozenset[str],
        now: datetime,
        more: dict[str, Any],
        jkt: str | None,
        until: datetime | None = None,
    ) -> tuple[str, dict[str, Any]]:
        """A token of RFC 9068 and its claims. `more`: what else it tells (acr, auth_time, organisation, sid, act)."""
        expires = min(now + self._life, until) if until is not None else now + self._life
        claims = {
            **more,
            "iss": self._issuer,
            "sub": subject,
            "aud": audience,
            "client_id": client_id,
            "scope": " ".join(sorted(scopes)),
            "iat": int(now.timestamp()),
            "exp": int(expires.timestamp()),
            "jti": str(opaque_id()),
        }
        if jkt is not None:
            claims["cnf"] = {"jkt": jkt}
        return self._keys.sign(ACCESS_TOKEN_TYPE, claims, now), claims

    def person_token(
        self, granted: Granted, persona: Persona, audience: str, *, scopes: frozenset[str], now: datetime, jkt: str | None
    ) -> tuple[str, dict[str, Any]]:
        """An access token of somebody who logged in. For a resource it carries only that resource's scopes."""
        own = scopes if audience == self._issuer else scopes - OWN_SCOPES_OF_OPENID
        return self.access_token(
            subject=persona.subject,
            client_id=granted.request.client_id,
            audience=audience,
            scopes=own,
            now=now,
            more=_login_claims(granted.session, persona),
            jkt=jkt,
        )

    def id_token(self, granted: Granted, persona: Persona, now: datetime) -> str:
        """Who logged in, for the client alone; never with a personal number."""
        claims = {
            **_login_claims(granted.session, persona),
            "iss": self._issuer,
            "sub": persona.subject,
            "aud": granted.request.client_id,
            "iat": int(now.timestamp()),
            "exp": int((now + ID_TOKEN_LIFE).timestamp()),
            "jti": str(opaque_id()),
        }
        if granted.request.nonce is not None:
            claims["nonce"] = granted.request.nonce
        return self._keys.sign("JWT", claims, now)

    def user_info(self, persona: Persona, client: str, scopes: frozenset[str], now: datetime) -> str:
        """A signed UserInfo answer with the claims that the scopes ask for and no other."""
        claims = {
            **person_claims(persona, scopes),
            "iss": self._issuer,
            "aud": client,
            "sub": persona.subject,
            "iat": int(now.timestamp()),
        }
        return self._keys.sign("JWT", claims, now)

    def logout_token(self, session: Session, client: Client, now: datetime) -> str:
        """OpenID Connect Back-Channel Logout 2.4: `sid` and `sub`, and never a nonce."""
        claims = {
            "iss": self._issuer,
            "aud": client.client_id,
            "sub": session.subject,
            "sid": session.sid,
            "iat": int(now.timestamp()),
            "exp": int((now + LOGOUT_TOKEN_LIFE).timestamp()),
            "jti": str(opaque_id()),
            "events": {LOGOUT_EVENT: {}},
        }
        return self._keys.sign("logout+jwt", claims, now)

    def read_own(self, compact: str, typ: str, now: datetime | None) -> dict[str, Any]:
        """The claims of a token that we signed. Raises JoseFault; `now=None` also takes one that has run out (an id_token_hint)."""
        token = take_apart(compact)
        key = self._keys.find(token.header.get("kid"))
        if key is None or token.header.get("typ") != typ or token.header.get("alg") != ALGORITHM:
            raise JoseFault("not a token of ours")
        try:
            jwt.decode(compact, key, algorithms=[ALGORITHM])
        except (JoseError, ValueError) as error:
            raise JoseFault("signature does not verify") from error
        if now is not None and token.claims["exp"] <= now.timestamp():
            raise JoseFault("expired")
        return token.claims


def person_claims(persona: Persona, scopes: frozenset[str]) -> dict[str, Any]:
    """What the Swedish profile's scopes (and `profile`) release about somebody."""
    claims: dict[str, Any] = {}
    if persona.organisation is not None:
        claims["organisation"] = persona.organisation
    if scopes & {"profile", SCOPE + "naturalPersonInfo"}:
        given, _, family = persona.name.rpartition(" ")
        claims |= {"name": persona.name, "given_name": given or family, "family_name": family}
        if persona.number is not None and not is_coordination_number(persona.number):
            claims["birthdate"] = date.fromisoformat(persona.number[:8]).isoformat()
    if SCOPE + "naturalPersonNumber" in scopes and persona.number is not None:
        kind = "coordinationNumber" if is_coordination_number(persona.number) else "personalIdentityNumber"
        claims[CLAIM + kind] = persona.number
    return claims


def _login_claims(session: Session, persona: Persona) -> dict[str, Any]:
    claims = {"acr": session.acr, "auth_time": int(session.authenticated_at.timestamp()), "sid": session.sid}
    return claims if persona.organisation is None else {**claims, "organisation": persona.organisation}
