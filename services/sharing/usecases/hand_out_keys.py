"""The public keys of a unit and its organisation: no personal data, so no entry."""

from datetime import datetime
from typing import Any

import msgspec

from services.sharing.storage import register
from shared.database import Connection
from shared.errors import NotFound
from shared.words import OpaqueId


class AskKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose keys."""

    unit: OpaqueId


class OfferedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A unit key with what the registrars signed. Not to be believed without it."""

    kid: str
    jwk: dict[str, Any]
    valid_from: datetime
    valid_until: datetime
    countersignatures: tuple[str, ...]


class OfferedSigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """An Ed25519 key of the organisation."""

    kid: str
    jwk: dict[str, Any]
    valid_from: datetime
    valid_until: datetime


class KeysView(msgspec.Struct, frozen=True, kw_only=True):
    """Keys that are in force."""

    unit: str
    organisation: str
    keys: tuple[OfferedKey, ...]
    signing_keys: tuple[OfferedSigningKey, ...]


async def hand_out_keys(tx: Connection, request: AskKeys, *, now: datetime) -> KeysView:
    """The keys in force, newest first. Raises NotFound for a unit that is not registered: the register itself is no secret."""
    party = (await register.parties(tx, [request.unit])).get(request.unit)
    if party is None:
        raise NotFound
    switches = await register.thrown_switches(tx)
    return KeysView(
        unit=party.unit,
        organisation=party.organisation,
        keys=tuple(
            OfferedKey(
                kid=key.kid,
                jwk=key.public,
                valid_from=key.valid_from,
                valid_until=key.valid_until,
                countersignatures=key.countersignatures,
            )
            for key in await register.unit_keys_of(tx, request.unit)
            if key.is_in_force(now) and ("key", key.kid) not in switches
        ),
        signing_keys=tuple(
            OfferedSigningKey(kid=key.kid, jwk=key.public, valid_from=key.valid_from, valid_until=key.valid_until)
            for key in await register.signing_keys_of(tx, party.organisation)
            if key.is_in_force(now) and ("key", key.kid) not in switches
        ),
    )
