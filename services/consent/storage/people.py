"""Persons and the references that organisations have to children."""

from datetime import datetime
from uuid import UUID

from services.consent.domain.custody import Person
from services.consent.domain.numbers import birth_date
from services.consent.storage.vault import Vault
from shared import sql
from shared.database import Connection
from shared.ids import new_id, opaque_id

QUERIES = sql.load("services.consent.storage", "people.sql")


async def ensure(tx: Connection, vault: Vault, number: str, *, name: str | None, protected: bool, now: datetime) -> Person:
    """The person with this number, made if unknown. The same statements run whether or not they were known."""
    person_id = new_id(now)
    await tx.execute(
        QUERIES["add_person"],
        person_id,
        opaque_id(),
        vault.lookup(number),
        vault.seal(person_id, "number", number),
        vault.seal(person_id, "name", name) if name is not None else None,
        protected,
        now,
    )
    row = await tx.fetchrow(QUERIES["find_person"], vault.lookup(number))
    if row is None:
        raise RuntimeError("a person that was just ensured is not there")
    return _person(vault, row)


async def find(tx: Connection, vault: Vault, number: str) -> Person | None:
    """The person with this number, if there is one."""
    row = await tx.fetchrow(QUERIES["find_person"], vault.lookup(number))
    return None if row is None else _person(vault, row)


async def get(tx: Connection, vault: Vault, person_id: UUID) -> Person | None:
    """By the id of this house."""
    row = await tx.fetchrow(QUERIES["get_person"], person_id)
    return None if row is None else _person(vault, row)


async def get_subject(tx: Connection, vault: Vault, subject_id: UUID) -> Person | None:
    """By the id that the other houses know."""
    row = await tx.fetchrow(QUERIES["get_subject"], subject_id)
    return None if row is None else _person(vault, row)


async def lock(tx: Connection, person_id: UUID) -> None:
    """Take the child's lock, always first: whatever changes a child's consents happens one after the other."""
    await tx.execute(QUERIES["lock_person"], person_id)


async def name_of(tx: Connection, vault: Vault, person_id: UUID) -> str | None:
    """The name, where a register has given one."""
    sealed = await tx.fetchval(QUERIES["get_name"], person_id)
    return None if sealed is None else vault.open(person_id, "name", sealed)


async def describe(tx: Connection, vault: Vault, person_id: UUID, *, name: str | None, protected: bool) -> None:
    """Take over what the register says now."""
    sealed = vault.seal(person_id, "name", name) if name is not None else None
    await tx.execute(QUERIES["describe_person"], person_id, sealed, protected)


async def reference(tx: Connection, organisation: str, person_id: UUID, *, now: datetime) -> UUID:
    """The organisation's own random reference to a child, made on first use."""
    await tx.execute(QUERIES["add_child_ref"], opaque_id(), organisation, person_id, now)
    child_ref: UUID = await tx.fetchval(QUERIES["get_child_ref"], organisation, person_id)
    return child_ref


async def find_child(tx: Connection, vault: Vault, organisation: str, child_ref: UUID) -> Person | None:
    """Whom the organisation means; None for a reference that is another's or nobody's."""
    row = await tx.fetchrow(QUERIES["find_child"], organisation, child_ref)
    return None if row is None else _person(vault, row)


def _person(vault: Vault, row: sql.Row) -> Person:
    number = vault.open(row["person_id"], "number", row["number_sealed"])
    return Person(person_id=row["person_id"], subject_id=row["subject_id"], birth_date=birth_date(number), protected=row["protected"])
