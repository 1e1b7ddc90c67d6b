"""Who has logged in to the family's pages: the person with the number that the identity provider vouches for."""

from datetime import datetime

from services.consent.domain.numbers import normalised
from services.consent.domain.register import Registered
from services.consent.storage import people
from services.consent.storage.vault import Vault
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
    name, protected = (None, False) if found is None else (found.name, found.protected)
    person = await people.ensure(tx, vault, digits, name=name, protected=protected, now=now)
    if principal is not None:
        await people.note_login(tx, person.person_id, principal)
    return str(person.person_id)
