"""Two registrars vouch for each unit key, so that nobody at the broker can swap one unseen (DESIGN 3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey

REQUIRED = 2
SIGNATURE = "Ed25519"
"""RFC 9864's name."""
CURVES = frozenset({"P-256", "X25519"})


class KeyStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a registrar signs. The client kit checks the same members."""

    organisation: str
    unit: str
    kid: str
    thumbprint: str
    valid_from: datetime
    valid_until: datetime


Registrars = Mapping[str, OKPKey]
"""Public keys of the trust file by the registrar's organisation."""


def read_trust(content: bytes) -> Registrars:
    """The registrars of a trust file. Raises ValueError unless there are two or more Ed25519 keys."""
    try:
        keys = {name: OKPKey.import_key(key) for name, key in msgspec.json.decode(content, type=dict[str, dict[str, Any]]).items()}
    except (JoseError, msgspec.MsgspecError) as error:
        raise ValueError("the trust file is not one") from error
    if len(keys) < REQUIRED or any(key.curve_name != SIGNATURE for key in keys.values()):
        raise ValueError("the trust file must name two registrars with Ed25519 keys")
    return keys


def thumbprint_of(public: Mapping[str, Any]) -> str | None:
    """RFC 7638 of a public P-256 or X25519 key; None when it is anything else, or holds a private half."""
    if public.get("crv") not in CURVES or "d" in public:
        return None
    try:
        key = JWKRegistry.import_key(dict(public))
    except (JoseError, ValueError):
        return None
    return key.thumbprint() if isinstance(key, ECKey | OKPKey) else None


def vouching(statement: KeyStatement, signatures: Sequence[str], registrars: Registrars) -> list[str]:
    """The registrars that have signed exactly this statement, by id: fewer than `REQUIRED` vouch for nothing."""
    return sorted({name for name in registrars for signature in signatures if _signed_by(name, registrars[name], signature, statement)})


def _signed_by(name: str, key: OKPKey, signature: str, statement: KeyStatement) -> bool:
    try:
        signed = jws.deserialize_compact(signature, key, algorithms=[SIGNATURE])
        return signed.protected.get("kid") == name and msgspec.json.decode(signed.payload, type=KeyStatement) == statement
    except (JoseError, ValueError, msgspec.MsgspecError):
        return False
