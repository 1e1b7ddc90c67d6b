"""Who has logged in to the family's pages: the person with the number that the identity provider vouches for."""

from datetime import datetime

from services.consent.domain.holds import HoldReason
from services.consent.domain.numbers import normalised
from services.consent.domain.register import Registered
from services.consent.storage import people
from services.consent.storage.vault import Vault
from services.consent.usecases.change_handling import protect_by_register
from shared.database import Connection


async def identify_person(
    tx: Connection, vault: Vault, number: str, found: Registered | None, *, now: datetime, principal: str | None = None
) -> str | None:
    """The person's id, made if unknown; None for what is no number. Being a person here opens nothing by itself.

    `principal`: `<issuer> <subject>` of the login; audit knows the person's acts by it, so erasing needs it.
    """
    digits = normalised(number)
    if digits is None:
        return None
    person = await people.ensure(tx, vault, digits, name=None if found is None else found.name, now=now)
    if found is not None and found.protected:
        await protect_by_register(tx, vault, person.person_id, [HoldReason.REGISTER], now=now)
    if principal is not None:
        await people.note_login(tx, person.person_id, principal)
    return str(person.person_id)
