"""Tokens made by hand, good by default: every test bends exactly one thing. No JOSE library, for those refuse to make bad ones."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from shared.ids import opaque_id
from shared.tokens.dpop import public_jwk, thumbprint
from shared.tokens.strict_jose import encode_base64url

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
AUDIENCE = "https://sharing.samsyn.example"
ISSUER = "https://login.example"
URL = "https://sharing.samsyn.example/v1/items"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

Bend = dict[str, Any]
Sign = Callable[[bytes], bytes]


def make_ec() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def make_rsa(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def es256(key: ec.EllipticCurvePrivateKey) -> Sign:
    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def es256_twin(key: ec.EllipticCurvePrivateKey) -> Sign:
    """The other valid signature of the same message: s -> n-s."""

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + (P256_ORDER - s).to_bytes(32, "big")

    return sign


def es256_der(key: ec.EllipticCurvePrivateKey) -> Sign:
    return lambda message: encode_dss_signature(*decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256()))))


def rs256(key: rsa.RSAPrivateKey) -> Sign:
    return lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())


def ps256(key: rsa.RSAPrivateKey) -> Sign:
    return lambda message: key.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def ec_jwk(key: ec.EllipticCurvePrivateKey, kid: str, **bend: Any) -> dict[str, Any]:
    return public_jwk(key) | {"kid": kid, "use": "sig", "alg": "ES256"} | bend


def rsa_jwk(key: rsa.RSAPrivateKey, kid: str, **bend: Any) -> dict[str, Any]:
    jwk = {name: value for name, value in RSAAlgorithm.to_jwk(key.public_key(), as_dict=True).items() if name != "key_ops"}
    return jwk | {"kid": kid, "use": "sig"} | bend


def private_jwk(key: ec.EllipticCurvePrivateKey, kid: str) -> dict[str, Any]:
    return {name: value for name, value in ECAlgorithm.to_jwk(key, as_dict=True).items() if name != "key_ops"} | {"kid": kid, "use": "sig"}


def compact(header: bytes | dict[str, Any], payload: bytes | dict[str, Any] | list[Any], sign: Sign) -> str:
    """A JWS over exactly these bytes."""
    first, second = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload))
    message = f"{encode_base64url(first)}.{encode_base64url(second)}"
    return f"{message}.{encode_base64url(sign(message.encode()))}"


class Forge:
    """One issuer with one key, one system of one organisation and one person."""

    def __init__(self, issuer: str = ISSUER, kid: str = "k1") -> None:
        self.issuer = issuer
        self.kid = kid
        self.key = make_ec()
        self.sign = es256(self.key)
        self.holder = make_ec()

    @property
    def header(self) -> dict[str, Any]:
        return {"typ": "at+jwt", "alg": "ES256", "kid": self.kid}

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [ec_jwk(self.key, self.kid)]}

    def person(self, **bend: Any) -> dict[str, Any]:
        """The claims of a counsellor's plain token; a member bent to None is left out."""
        return without_none(
            {
                "iss": self.issuer,
                "aud": AUDIENCE,
                "sub": "5f1c",
                "client_id": "https://desk.example",
                "scope": "sharing:decide sharing:read",
                "organisation": "o5ek",
                "acr": "http://id.elegnamnden.se/loa/1.0/loa3",
                "auth_time": AT - 60,
                "iat": AT - 30,
                "exp": AT + 270,
                "jti": str(opaque_id()),
            }
            | bend
        )

    def system(self, **bend: Any) -> dict[str, Any]:
        """The claims of a school system's bound token."""
        return without_none(
            {
                "iss": self.issuer,
                "aud": AUDIENCE,
                "sub": "https://system.school.example",
                "client_id": "https://system.school.example",
                "scope": "sharing:send",
                "cnf": {"jkt": thumbprint(public_jwk(self.holder))},
                "iat": AT - 30,
                "exp": AT + 270,
                "jti": str(opaque_id()),
            }
            | bend
        )

    def token(self, claims: dict[str, Any], **header: Any) -> str:
        """Signed with the issuer's key."""
        return compact(without_none(self.header | header), claims, self.sign)

    def proof(
        self,
        token: str,
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        header: Bend | None = None,
        sign: Sign | None = None,
        **bend: Any,
    ) -> str:
        """A DPoP proof of the holder for POST to URL."""
        key = key or self.holder
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_jwk(key)} | (header or {})
        ath = encode_base64url(hashlib.sha256(token.encode()).digest())
        claims = {"jti": str(opaque_id()), "htm": "POST", "htu": URL, "iat": AT, "ath": ath} | bend
        return compact(without_none(head), without_none(claims), sign or es256(key))


def without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
