"""Where persons want to be told, and the words on their way. The addresses are sealed by the person's own key."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.channel import Contact
from services.consent.storage import people
from services.consent.storage.vault import Vault
from shared import sql
from shared.database import Connection

QUERIES = sql.load("services.consent.storage", "contacts.sql")
SHOWN = 200
"""How many one list holds."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A word whose time has come; `tries` counts this one."""

    push_id: UUID
    person_id: UUID
    tries: int


async def keep(tx: Connection, vault: Vault, person_id: UUID, contact: Contact, *, now: datetime) -> None:
    """Take the place of what was chosen before."""
    key = await people.key_of(tx, vault, person_id)
    if key is None:
        return
    email = None if contact.email is None else key.seal(person_id, "email", contact.email)
    telephone = None if contact.telephone is None else key.seal(person_id, "telephone", contact.telephone)
    await tx.execute(QUERIES["keep_contact"], person_id, email, telephone, contact.language, now)


async def get(tx: Connection, vault: Vault, person_id: UUID) -> Contact:
    """What the person has chosen."""
    key = await people.key_of(tx, vault, person_id)
    row = await tx.fetchrow(QUERIES["get_contact"], person_id)
    if key is None or row is None:
        return Contact()
    email, telephone = row["email_sealed"], row["telephone_sealed"]
    return Contact(
        email=None if email is None else key.open(person_id, "email", email),
        telephone=None if telephone is None else key.open(person_id, "telephone", telephone),
        language=row["language"],
    )


async def add_push(tx: Connection, push_id: UUID, notice_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """A word about a new notice; none to one who has chosen nothing, or whose identity is protected (I8)."""
    await tx.execute(QUERIES["add_push"], push_id, notice_id, person_id, now)


async def take_due(tx: Connection, now: datetime, limit: int) -> list[Due]:
    """The words whose time has come, each put off for the case that this try fails: 1, 4, 16, 64, 256 minutes, 17 hours."""
    return sql.structs(Due, await tx.fetch(QUERIES["take_due"], now, limit))


async def is_protected(tx: Connection, person_id: UUID) -> bool:
    """Whether nothing may be sent to this person any more."""
    return await tx.fetchval(QUERIES["is_protected"], person_id) is not False


async def sent(tx: Connection, push_id: UUID, *, now: datetime) -> None:
    """Handed over."""
    await tx.execute(QUERIES["sent"], push_id, now)


async def failed(tx: Connection, push_id: UUID, code: str, dead_at: datetime | None) -> None:
    """Not handed over; with an instant: and not tried again."""
    await tx.execute(QUERIES["failed"], push_id, code, dead_at)


class GivenUpPush(msgspec.Struct, frozen=True, kw_only=True):
    """One that will not be tried again."""

    push_id: UUID
    tries: int
    reason: str
    given_up_at: datetime


async def given_up(tx: Connection) -> tuple[list[GivenUpPush], int]:
    """The newest, and how many there are."""
    total: int = await tx.fetchval(QUERIES["count_given_up"])
    return sql.structs(GivenUpPush, await tx.fetch(QUERIES["given_up"], SHOWN)), total


async def retire_pushes(tx: Connection, before: datetime, limit: int) -> int:
    """Remove those that were sent or given up before; how many."""
    return len(await tx.fetch(QUERIES["retire_pushes"], before, limit))
