"""How our own OAuth clients say who they are: `private_key_jwt` in the strict form of the Ena profile (design/identity.md 1.3)."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from shared.ids import opaque_id
from shared.tokens.dpop import thumbprint
from shared.tokens.strict_jose import JoseFault, load_object

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME: Final = timedelta(seconds=60)


class ClientKey(msgspec.Struct, frozen=True):
    """A client's private key. Its `repr` shows the key id alone."""

    kid: str
    private: EllipticCurvePrivateKey

    def __repr__(self) -> str:
        return f"ClientKey({self.kid!r})"

    def assertion(self, client_id: str, issuer: str, now: datetime) -> str:
        """One client assertion for one request (RFC 7523): `aud` is the issuer and nothing else, and `jti` is used once."""
        at = int(now.timestamp())
        claims: dict[str, Any] = {"iss": client_id, "sub": client_id, "aud": issuer, "jti": str(opaque_id()), "iat": at}
        claims["exp"] = at + int(LIFETIME.total_seconds())
        return jwt.encode(claims, self.private, algorithm="ES256", headers={"typ": "client-authentication+jwt", "kid": self.kid})

    def form(self, client_id: str, issuer: str, now: datetime) -> dict[str, str]:
        """The members of a form that authenticate the client."""
        return {
            "client_id": client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(client_id, issuer, now),
        }


def read_client_key(path: Path) -> ClientKey:
    """The private JWK (EC, P-256) of a file; a key without `kid` is named by its thumbprint.

    Raises ValueError, which names the fault and never the content.
    """
    try:
        jwk = load_object(path.read_bytes())
        key = jwt.PyJWK(jwk, "ES256").key
    except (JoseFault, jwt.PyJWTError) as error:
        raise ValueError("the client key is not a JWK") from error
    if not isinstance(key, EllipticCurvePrivateKey) or jwk.get("crv") != "P-256":
        raise ValueError("the client key must be a private P-256 JWK")
    return ClientKey(str(jwk.get("kid") or thumbprint(jwk)), key)
