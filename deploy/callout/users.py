"""NATS's own JWTs: reading the server's request, writing the user and the answer (nats-io/jwt version 2, `ed25519-nkey`)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from deploy.callout.permissions import Permissions
from shared import nkeys

REQUEST_AUDIENCE: Final = "nats-authorization-request"
_HEADER: Final = {"typ": "JWT", "alg": "ed25519-nkey"}
_MOST_SUBSCRIPTIONS: Final = 256
_MOST_BYTES: Final = 1 << 20


class NotARequest(Exception):
    """What came is not an authorization request of a server."""


def read_request(text: str, now: datetime) -> dict[str, Any]:
    """The claims of a server's request, its signature checked against the server key in it. Raises NotARequest.

    That it is *our* server follows from the account, which only the callout's key enters, and from the sealing.
    """
    try:
        head, body, signature = text.split(".")
        header, claims = json.loads(_decoded(head)), json.loads(_decoded(body))
        if header.get("alg") != _HEADER["alg"] or claims["aud"] != REQUEST_AUDIENCE or claims["exp"] <= now.timestamp():
            raise NotARequest
        VerifyKey(nkeys.raw_public(claims["iss"], nkeys.SERVER)).verify(f"{head}.{body}".encode(), _decoded(signature))
    except (ValueError, KeyError, TypeError, AttributeError, CryptoError) as error:
        raise NotARequest from error
    read: dict[str, Any] = claims
    return read


def user(issuer_seed: str, key: str, name: str, permissions: Permissions, *, now: datetime, expires_at: datetime) -> str:
    """A user for one connection, with a deny for everything that is not listed. `name` shows in the server's list of connections."""
    return _signed(
        issuer_seed,
        {
            "aud": permissions.account,
            "sub": key,
            "name": name,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "nats": {
                "type": "user",
                "version": 2,
                "pub": {"allow": list(permissions.publish)},
                "sub": {"allow": list(permissions.subscribe), "deny": list(permissions.never_subscribe)},
                "subs": _MOST_SUBSCRIPTIONS,
                "data": -1,
                "payload": _MOST_BYTES,
            },
        },
    )


def answer(issuer_seed: str, request: Mapping[str, Any], *, now: datetime, user_jwt: str | None) -> str:
    """The reply to a request: a user, or a refusal that says nothing about why."""
    told = {"jwt": user_jwt} if user_jwt is not None else {"error": "refused"}
    return _signed(
        issuer_seed,
        {
            "aud": request["iss"],
            "sub": request["nats"]["user_nkey"],
            "iat": int(now.timestamp()),
            "nats": {"type": "authorization_response", "version": 2, **told},
        },
    )


def _signed(seed: str, claims: dict[str, Any]) -> str:
    claims = {**claims, "iss": nkeys.public_of(seed)}
    digest = hashlib.new("sha512_256", json.dumps(claims).encode()).digest()
    claims["jti"] = base64.b32encode(digest).rstrip(b"=").decode()
    text = f"{_encoded(json.dumps(_HEADER).encode())}.{_encoded(json.dumps(claims).encode())}"
    return f"{text}.{_encoded(nkeys.sign(seed, text.encode()))}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
