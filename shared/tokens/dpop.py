"""Proof of possession (RFC 9449): a stolen token is worth nothing without the key that it is bound to."""

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from jwt.algorithms import ECAlgorithm

from shared.ids import opaque_id
from shared.tokens.jwks import public_key
from shared.tokens.strict_jose import JoseFault, check_header, encode_base64url, take_apart, text_claim, time_claim, verify

ALGORITHMS: Final = ("ES256", "PS256")
LIFETIME: Final = timedelta(seconds=60)
SKEW: Final = timedelta(seconds=10)

_TYPES = frozenset({"dpop+jwt"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_THUMBPRINT_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}


class Replays:
    """Identifiers seen, each until its own end. One process, bounded; when full of live ones it refuses, never forgets.

    Replicas do not share it: a proof caught on the wire could be played once more against another replica within its 60 s. TLS
    and one use per replica bound that; a table would cost a commit per request.
    """

    def __init__(self, size: int = 100_000) -> None:
        self._size = size
        self._until: dict[str, float] = {}

    def is_first(self, identifier: str, *, until: datetime, now: datetime) -> bool:
        """True once per identifier before `until`; it is remembered from then on."""
        at = now.timestamp()
        known = self._until.get(identifier)
        if known is not None and known >= at:
            return False
        if len(self._until) >= self._size:
            self._until = {name: end for name, end in self._until.items() if end >= at}
            if len(self._until) >= self._size:
                return False
        self._until[identifier] = until.timestamp()
        return True


def thumbprint(jwk: dict[str, Any]) -> str:
    """SHA-256 thumbprint of a public key, base64url (RFC 7638). Raises JoseFault for a kind we do not know."""
    members = _THUMBPRINT_MEMBERS.get(str(jwk.get("kty")))
    if members is None or not all(isinstance(jwk.get(name), str) for name in members):
        raise JoseFault("proof key is of an unknown kind")
    # Members are base64url or fixed names: no character that JSON would escape survives `public_key`.
    text = "{" + ",".join(f'"{name}":"{jwk[name]}"' for name in members) + "}"
    return encode_base64url(hashlib.sha256(text.encode("utf-8")).digest())


def verify_proof(
    proof: str,
    *,
    token: str,
    key_thumbprint: str,
    htm: str,
    htu: str,
    replays: Replays,
    now: datetime,
    nonces: Collection[str] | None = None,
) -> None:
    """One DPoP proof for one use of one token (RFC 9449 4.3). Raises JoseFault; the proof is spent when this returns.

    `nonces`: where given, the proof must carry one of them.
    """
    parts = take_apart(proof)
    algorithm = check_header(parts.header, types=_TYPES, algorithms=ALGORITHMS, embedded_key=True, kid_required=False)
    jwk = parts.header.get("jwk")
    if not isinstance(jwk, dict) or not _PRIVATE.isdisjoint(jwk):
        raise JoseFault("proof key missing or not public")
    key = public_key(jwk, algorithm)
    if key is None:
        raise JoseFault("proof key does not fit its algorithm")
    if not hmac.compare_digest(thumbprint(jwk), key_thumbprint):
        raise JoseFault("proof by another key")
    verify(parts, key, algorithm)
    claims = parts.claims
    if claims.get("htm") != htm:
        raise JoseFault("proof for another method")
    if _target(text_claim(claims, "htu")) != _target(htu):
        raise JoseFault("proof for another address")
    if claims.get("ath") != access_token_hash(token):
        raise JoseFault("proof for another token")
    if nonces is not None and str(claims.get("nonce")) not in nonces:
        raise JoseFault("proof without our nonce")
    jti, issued = text_claim(claims, "jti"), time_claim(claims, "iat")
    age = now.timestamp() - issued
    if age > LIFETIME.total_seconds() or age < -SKEW.total_seconds():
        raise JoseFault("proof too old or from the future")
    # By (key, jti), never by the proof's bytes: an ES256 signature has a twin (s -> n-s) that also verifies.
    if not replays.is_first(f"{key_thumbprint} {jti}", until=now + LIFETIME + SKEW, now=now):
        raise JoseFault("proof already used")


def make_proof(
    key: EllipticCurvePrivateKey, *, htm: str, htu: str, now: datetime, token: str | None = None, nonce: str | None = None
) -> str:
    """A proof of our own, for one request (RFC 9449 4.2). Made anew for each request, also when the token is the same."""
    claims: dict[str, Any] = {"jti": str(opaque_id()), "htm": htm, "htu": htu, "iat": int(now.timestamp())}
    if token is not None:
        claims["ath"] = access_token_hash(token)
    if nonce is not None:
        claims["nonce"] = nonce
    return jwt.encode(claims, key, algorithm="ES256", headers={"typ": "dpop+jwt", "jwk": public_jwk(key)})


def public_jwk(key: EllipticCurvePrivateKey) -> dict[str, Any]:
    """The public half as a JWK."""
    return {name: value for name, value in ECAlgorithm.to_jwk(key.public_key(), as_dict=True).items() if name != "key_ops"}


def access_token_hash(token: str) -> str:
    """`ath`: SHA-256 of the token's ASCII, base64url."""
    return encode_base64url(hashlib.sha256(token.encode("ascii")).digest())


def _target(address: str) -> tuple[str, str, int | None, str]:
    """An address as `htu` compares it: without query and fragment, host and scheme in lower case (RFC 9449 4.3, RFC 3986 6.2.2-3)."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise JoseFault("malformed address in proof") from error
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or ""), port or default, parts.path or "/"
