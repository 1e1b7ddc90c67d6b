"""What clients prove: who they are (private_key_jwt in Ena's strict form) and that they hold a key (DPoP)."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from deploy.provider.config import Client, key_set
from deploy.provider.faults import OAuthFault
from shared.ids import opaque_id
from shared.tokens.dpop import Replays
from shared.tokens.strict_jose import JoseFault, Jws, check_header, take_apart, text_claim, time_claim

ALGORITHMS: Final = ("ES256", "PS256")
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE: Final = timedelta(minutes=5)
PROOF_LIFE: Final = timedelta(seconds=60)
SKEW: Final = timedelta(seconds=10)
NONCE_LIFE: Final = timedelta(minutes=5)

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class Proof(msgspec.Struct, frozen=True):
    """A DPoP proof that holds: the thumbprint of its key."""

    jkt: str


class Proofs:
    """Checks assertions and proofs, each once. Assertions made before `started_at` are refused: we no longer know if they were used."""

    def __init__(self, issuer: str, clients: dict[str, Client], *, started_at: datetime, demands_nonce: bool) -> None:
        self._issuer = issuer
        self._clients = clients
        self._started_at = started_at.replace(microsecond=0)
        self._used = Replays()
        self._nonces = Nonces() if demands_nonce else None

    def client(self, form: dict[str, str], now: datetime) -> Client:
        """The client that a form's assertion proves. Raises OAuthFault `invalid_client`."""
        if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
            _unknown_client("only private_key_jwt is accepted")
        if "client_secret" in form:
            _unknown_client("two ways of authentication in one request")
        try:
            return self._client(form, now)
        except JoseFault as fault:
            _unknown_client(f"client assertion: {fault}")

    def _client(self, form: dict[str, str], now: datetime) -> Client:
        assertion = take_apart(form["client_assertion"])
        algorithm = check_header(assertion.header, types={"client-authentication+jwt"}, algorithms=ALGORITHMS, kid_required=False)
        claims = assertion.claims
        client = self._clients.get(text_claim(claims, "sub"))
        if client is None or claims.get("iss") != client.client_id or form.get("client_id", client.client_id) != client.client_id:
            raise JoseFault("unknown or differing client")
        if claims.get("aud") != self._issuer:  # a list, even of one, is not the issuer
            raise JoseFault("aud must be the issuer and nothing else")
        _verify(assertion, key_set(client), algorithm)
        issued, expires = time_claim(claims, "iat"), time_claim(claims, "exp")
        latest = (now + SKEW).timestamp()
        if expires <= now.timestamp() or issued > latest or ("nbf" in claims and time_claim(claims, "nbf") > latest):
            raise JoseFault("expired or from the future")
        if expires - issued > ASSERTION_LIFE.total_seconds() or issued < self._started_at.timestamp():
            raise JoseFault("lives too long or was made before this provider started")
        until = now + ASSERTION_LIFE + SKEW
        if not self._used.is_first(f"assertion {client.client_id} {text_claim(claims, 'jti')}", until=until, now=now):
            raise JoseFault("already used")
        return client

    def possession(self, headers: list[str], *, method: str, url: str, now: datetime, token: str | None = None) -> Proof | None:
        """The key that a request's DPoP header proves; None without one. Raises OAuthFault `invalid_dpop_proof` or `use_dpop_nonce`."""
        if not headers:
            return None
        if len(headers) != 1:
            raise OAuthFault("invalid_dpop_proof", "more than one proof")
        try:
            return self._possession(headers[0], method=method, url=url, now=now, token=token)
        except JoseFault as fault:
            raise OAuthFault("invalid_dpop_proof", str(fault)) from fault

    def _possession(self, compact: str, *, method: str, url: str, now: datetime, token: str | None) -> Proof:
        proof = take_apart(compact)
        algorithm = check_header(proof.header, types={"dpop+jwt"}, algorithms=ALGORITHMS, embedded_key=True, kid_required=False)
        key = _embedded_key(proof.header.get("jwk"))
        _verify(proof, key, algorithm)
        claims = proof.claims
        if claims.get("htm") != method or str(claims.get("htu")).split("?")[0].split("#")[0] != url:
            raise JoseFault("for another request")
        if abs(now.timestamp() - time_claim(claims, "iat")) > PROOF_LIFE.total_seconds():
            raise JoseFault("too old or from the future")
        if claims.get("ath") != (_ath(token) if token is not None else None):
            raise JoseFault("for another token")
        if self._nonces is not None and not self._nonces.is_ours(str(claims.get("nonce")), now):
            raise OAuthFault("use_dpop_nonce", "a nonce is required", headers={"DPoP-Nonce": self._nonces.current(now)})
        jkt = key.thumbprint()
        if not self._used.is_first(f"proof {jkt} {text_claim(claims, 'jti')}", until=now + 2 * PROOF_LIFE, now=now):
            raise JoseFault("already used")
        return Proof(jkt)


class Nonces:
    """Nonces for DPoP proofs: a new one every five minutes, each good for ten."""

    def __init__(self) -> None:
        self._made: list[tuple[str, datetime]] = []

    def current(self, now: datetime) -> str:
        """The nonce to send now."""
        self._made = [(nonce, at) for nonce, at in self._made if now - at < 2 * NONCE_LIFE]
        if not self._made or now - self._made[-1][1] >= NONCE_LIFE:
            self._made.append((str(opaque_id()), now))
        return self._made[-1][0]

    def is_ours(self, nonce: str, now: datetime) -> bool:
        """Whether it is a live one."""
        return any(nonce == made and now - at < 2 * NONCE_LIFE for made, at in self._made)


def _embedded_key(jwk: Any) -> ECKey | RSAKey:
    if not isinstance(jwk, dict) or not _PRIVATE.isdisjoint(jwk):
        raise JoseFault("key missing or not public")
    kinds: dict[object, type[ECKey | RSAKey]] = {"EC": ECKey, "RSA": RSAKey}
    kind = kinds.get(jwk.get("kty"))
    if kind is None:
        raise JoseFault("key of an unknown kind")
    try:
        return kind.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise JoseFault("malformed key") from error


def _verify(token: Jws, key: ECKey | RSAKey | KeySet, algorithm: str) -> None:
    try:
        jwt.decode(token.compact, key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise JoseFault("signature does not verify") from error


def _ath(token: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def is_challenge_met(challenge: str, verifier: str) -> bool:
    """PKCE, S256 alone (RFC 7636 4.6)."""
    return verifier.isascii() and hmac.compare_digest(_ath(verifier), challenge)


def _unknown_client(description: str) -> NoReturn:
    raise OAuthFault("invalid_client", description, status=401)
