"""Take a unit's encryption key into the register: only with the word of two registrars."""

from datetime import datetime

from services.sharing.domain.countersigning import REQUIRED, KeyStatement, Registrars, thumbprint_of, vouching
from services.sharing.domain.outcomes import Denied
from services.sharing.domain.register import UnitKey
from services.sharing.storage import register
from services.sharing.usecases.administer import may_administer, remember
from services.sharing.usecases.record import deny, record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Conflict, Fault, Invalid


async def register_unit_key(tx: Connection, caller: Caller, key: UnitKey, registrars: Registrars, *, now: datetime) -> bool | Denied:
    """True when it is new, false when exactly this key is there already. The entries are in the outbox.

    One in the log of the unit's organisation, with the key's id, its thumbprint (RFC 7638) and the registrars that vouch for it, and
    one in the own log of each registrar that is registered here, so that it sees whatever its signature was used for.

    The operator and the unit's own organisation may. Raises Invalid when the key is no public P-256 or X25519 key,
    Conflict when the key id names another key.
    """
    if thumbprint_of(key.public) != key.thumbprint:
        raise Invalid("key-not-usable", faults=[Fault("#/public", "not a public P-256 or X25519 key with this thumbprint")])
    party = (await register.parties(tx, [key.unit])).get(key.unit)
    if party is None or not await may_administer(tx, caller, party.organisation, now=now):
        return await deny(tx, caller, "unit-key.registered", "not-your-unit", now=now)
    statement = KeyStatement(
        organisation=party.organisation,
        unit=key.unit,
        kid=key.kid,
        thumbprint=key.thumbprint,
        valid_from=key.valid_from,
        valid_until=key.valid_until,
    )
    registrars_by = vouching(statement, key.countersignatures, registrars)
    if len(registrars_by) < REQUIRED:
        return await deny(tx, caller, "unit-key.registered", "key-not-countersigned", now=now, unit=key.unit)
    known = {known.kid: known for known in await register.unit_keys_of(tx, key.unit)}
    if key.kid in known:
        if known[key.kid] != key:
            raise Conflict("key-id-already-used")
        return False
    await register.save_unit_key(tx, key)
    action = "unit-key.rotated" if any(other.is_in_force(now) for other in known.values()) else "unit-key.registered"
    await remember(tx, caller, action, "unit-key", key.kid, organisation=party.organisation, before=None, after=key, now=now)
    which = (key.kid, key.thumbprint)
    await record(tx, caller, action, now=now, organisation=party.organisation, unit=key.unit, reasons=(*which, *registrars_by))
    for registrar in registrars_by:
        if await register.find_organisation(tx, registrar) is None:
            continue  # audit has no log for whoever is only trusted, and would hold up every other entry while it waits for the register
        await record(tx, caller, "unit-key.countersigned", now=now, organisation=registrar, unit=key.unit, reasons=which)
    return True
