"""A person chooses where to be told that there is something to read."""

from datetime import datetime

from services.consent.domain.channel import Contact
from services.consent.storage import contacts
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means, person_of
from shared.auth import Caller
from shared.database import Connection


async def choose_contact(tx: Connection, means: Means, caller: Caller, contact: Contact, *, now: datetime) -> Contact:
    """Take the place of what was chosen before; the same for everybody, and with protected identity nothing is ever sent there (I8)."""
    await contacts.keep(tx, means.vault, person_of(caller), contact, now=now)
    await record(tx, caller, "contact.chosen", organisation=means.operator, now=now)
    return contact


async def show_contact(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> Contact:
    """The person's own choice."""
    await record(tx, caller, "contact.read", organisation=means.operator, now=now)
    return await contacts.get(tx, means.vault, person_of(caller))
