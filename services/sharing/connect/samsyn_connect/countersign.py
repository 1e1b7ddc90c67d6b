"""Two registrars vouch for every unit key. A sealer refuses a key that lacks either, so that the broker cannot swap one unseen."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey

from samsyn_connect.binding import SIGNATURE_ALGORITHM, NotSealedForUs

REQUIRED = 2
_CURVES = {"P-256", "X25519"}


class KeyStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a registrar signs: this key is this unit's, from and to."""

    organisation: str
    unit: str
    kid: str
    thumbprint: str
    """RFC 7638, SHA-256."""
    valid_from: datetime
    valid_until: datetime


class OfferedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A unit key as the broker hands it out: not yet believed."""

    kid: str
    jwk: dict[str, Any]
    valid_from: datetime
    valid_until: datetime
    countersignatures: tuple[str, ...]


def countersign(statement: KeyStatement, registrar_key: OKPKey) -> str:
    """A registrar's compact JWS; the key's `kid` is the registrar's organisation id."""
    payload = msgspec.json.encode(statement, order="sorted")
    return jws.serialize_compact(
        {"alg": SIGNATURE_ALGORITHM, "kid": registrar_key.kid}, payload, registrar_key, algorithms=[SIGNATURE_ALGORITHM]
    )


def trusted_key(
    organisation: str, unit: str, offered: Sequence[OfferedKey], registrars: Mapping[str, OKPKey], *, now: datetime
) -> ECKey | OKPKey:
    """The newest key in force that two different registrars vouch for. Raises NotSealedForUs when there is none."""
    for key in sorted(offered, key=lambda key: key.valid_from, reverse=True):
        if key.valid_from <= now < key.valid_until and key.jwk.get("crv") in _CURVES and "d" not in key.jwk:
            public = JWKRegistry.import_key({**key.jwk, "kid": key.kid})
            statement = KeyStatement(
                organisation=organisation,
                unit=unit,
                kid=key.kid,
                thumbprint=public.thumbprint(),
                valid_from=key.valid_from,
                valid_until=key.valid_until,
            )
            if len(_vouching(statement, key.countersignatures, registrars)) >= REQUIRED and isinstance(public, ECKey | OKPKey):
                return public
    raise NotSealedForUs("key-not-countersigned")


def _vouching(statement: KeyStatement, signatures: Sequence[str], registrars: Mapping[str, OKPKey]) -> set[str]:
    """Registrars whose signature is over exactly this statement."""
    vouching = set()
    for signature in signatures:
        for name, key in registrars.items():
            try:
                signed = jws.deserialize_compact(signature, key, algorithms=[SIGNATURE_ALGORITHM])
                if signed.protected.get("kid") == name and msgspec.json.decode(signed.payload, type=KeyStatement) == statement:
                    vouching.add(name)
            except (JoseError, ValueError, msgspec.MsgspecError):
                continue
    return vouching
