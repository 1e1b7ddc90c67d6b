"""The bytes of a compact JWS, read more strictly than any JOSE library reads them (RFC 8725; design/identity.md 1.6).

PyJWT lets through duplicate members (the last wins), UTF-16, a byte order mark, `jku`, `x5u` and any `kid`. Nothing here
checks a signature: `verify` in this file does, and nothing else in Samsyn calls PyJWT to read a token.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from typing import Any, Final

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from jwt.algorithms import AllowedPublicKeys, OKPAlgorithm

MAX_LENGTH: Final = 8 * 1024
"""Characters of a token, a proof or an assertion; a megabyte costs PyJWT 37 ms."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_KID = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_REFUSED_MEMBERS = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "cty"})
_JWS = jwt.PyJWS(options={"verify_signature": True, "enforce_minimum_key_length": True})
_JWS.register_algorithm("Ed25519", OKPAlgorithm())  # RFC 9864's name; PyJWT 2.15 knows only EdDSA


class JoseFault(Exception):
    """Why a token is refused: a constant sentence without anything that was in the token."""


class Jws(msgspec.Struct, frozen=True):
    """A token taken apart and not yet believed."""

    compact: str
    header: dict[str, Any]
    claims: dict[str, Any]


def take_apart(compact: str) -> Jws:
    """Both JSON objects of a compact JWS. Raises JoseFault on anything but the one canonical way to write it."""
    if len(compact) > MAX_LENGTH:
        raise JoseFault("too long")
    if not compact.isascii() or _COMPACT.fullmatch(compact) is None:
        raise JoseFault("not a compact JWS")
    header, payload, signature = compact.split(".")
    decode_base64url(signature)
    return Jws(compact, load_object(decode_base64url(header)), load_object(decode_base64url(payload)))


def check_header(
    header: dict[str, Any], *, types: Iterable[str], algorithms: Iterable[str], embedded_key: bool = False, kid_required: bool = True
) -> str:
    """The header against one kind of token; returns its algorithm. `embedded_key` is for DPoP proofs alone. Raises JoseFault."""
    typ, algorithm, kid = header.get("typ"), header.get("alg"), header.get("kid")
    if not isinstance(typ, str) or typ.lower() not in types:
        raise JoseFault("another type of token")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise JoseFault("algorithm not accepted")
    if kid is None:
        if kid_required:
            raise JoseFault("no key id")
    elif not isinstance(kid, str) or _KID.fullmatch(kid) is None:
        raise JoseFault("malformed key id")
    if not _REFUSED_MEMBERS.isdisjoint(header.keys() - ({"jwk"} if embedded_key else set())):
        raise JoseFault("header member not accepted")
    return algorithm


def verify(token: Jws, key: AllowedPublicKeys, algorithm: str) -> None:
    """The signature, and nothing else. Raises JoseFault, also where PyJWT would leak a TypeError."""
    try:
        _JWS.decode_complete(token.compact, key, algorithms=[algorithm])
    except (jwt.PyJWTError, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise JoseFault("signature does not verify") from error


def decode_base64url(text: str) -> bytes:
    """Bytes of unpadded, canonical base64url (RFC 7515 2). Raises JoseFault."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise JoseFault("malformed base64url") from error
    if encode_base64url(raw) != text:
        raise JoseFault("malformed base64url")
    return raw


def encode_base64url(raw: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def load_object(raw: bytes) -> dict[str, Any]:
    """One JSON object in plain UTF-8 without doubled members, NaN or infinities. Raises JoseFault."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise JoseFault("malformed JSON") from error
    if not isinstance(value, dict):
        raise JoseFault("not a JSON object")
    return value


def text_claim(claims: dict[str, Any], name: str) -> str:
    """A claim that must be text of 1 to 255 printable characters. Raises JoseFault."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 255 or not value.isprintable():  # noqa: PLR2004
        raise JoseFault(f"claim {name} missing or malformed")
    return value


def time_claim(claims: dict[str, Any], name: str) -> int:
    """A claim that must be whole seconds since 1970 and before the year 2200. Raises JoseFault."""
    value = claims.get(name)
    if type(value) is not int or not 0 <= value < 7_258_118_400:  # noqa: PLR2004
        raise JoseFault(f"claim {name} missing or malformed")
    return value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("doubled member")
    return members


def _no_constant(_name: str) -> Any:
    raise ValueError("not JSON")
