"""Persons and the references that organisations have to children."""

from datetime import datetime
from uuid import UUID

from services.consent.domain.custody import Person
from services.consent.domain.numbers import birth_date
from services.consent.storage.vault import Sealing, Vault
from shared import sql
from shared.database import Connection
from shared.ids import new_id, opaque_id

QUERIES = sql.load("services.consent.storage", "people.sql")


async def ensure(tx: Connection, vault: Vault, number: str, *, name: str | None, now: datetime) -> Person:
    """The person with this number, made if unknown. The same statements run whether or not they were known."""
    person_id = new_id(now)
    wrapped, key = vault.new_key(person_id, restricted=False)
    await tx.execute(
        QUERIES["add_person"],
        person_id,
        opaque_id(),
        vault.lookup(number),
        key.seal(person_id, "number", number),
        key.seal(person_id, "name", name) if name is not None else None,
        now,
        wrapped,
    )
    person = await find(tx, vault, number)
    if person is None:
        raise RuntimeError("a person that was just ensured is not there")
    return person


async def find(tx: Connection, vault: Vault, number: str) -> Person | None:
    """The person with this number, if there is one."""
    return _person(vault, await tx.fetchrow(QUERIES["find_person"], vault.lookup(number)))


async def get(tx: Connection, vault: Vault, person_id: UUID) -> Person | None:
    """By the id of this house."""
    return _person(vault, await tx.fetchrow(QUERIES["get_person"], person_id))


async def get_subject(tx: Connection, vault: Vault, subject_id: UUID) -> Person | None:
    """By the id that the other houses know."""
    return _person(vault, await tx.fetchrow(QUERIES["get_subject"], subject_id))


async def lock(tx: Connection, person_id: UUID) -> None:
    """Take the child's lock, always first: whatever changes a child's consents happens one after the other."""
    await tx.execute(QUERIES["lock_person"], person_id)


async def name_of(tx: Connection, vault: Vault, person_id: UUID) -> str | None:
    """The name, where a register has given one."""
    row = await tx.fetchrow(QUERIES["get_sealed"], person_id)
    key = None if row is None else _key(vault, person_id, row)
    if row is None or key is None or row["name_sealed"] is None:
        return None
    return key.open(person_id, "name", row["name_sealed"])


async def number_of(tx: Connection, vault: Vault, person_id: UUID) -> str | None:
    """The twelve digits, to ask the population register with; None for one who is erased or nobody."""
    row = await tx.fetchrow(QUERIES["get_sealed"], person_id)
    key = None if row is None else _key(vault, person_id, row)
    return None if row is None or key is None else key.open(person_id, "number", row["number_sealed"])


async def key_of(tx: Connection, vault: Vault, person_id: UUID) -> Sealing | None:
    """What a person's own data are sealed with; None for one who is erased or nobody."""
    row = await tx.fetchrow(QUERIES["get_sealed"], person_id)
    return None if row is None else _key(vault, person_id, row)


async def describe(tx: Connection, vault: Vault, person_id: UUID, *, name: str | None) -> None:
    """Take over the name that the register gives now."""
    key = await key_of(tx, vault, person_id)
    if key is not None and name is not None:
        await tx.execute(QUERIES["describe_person"], person_id, key.seal(person_id, "name", name))


async def give_keys(tx: Connection, vault: Vault, limit: int) -> int:
    """Seal again, under their own keys, persons who were here before persons had any; how many."""
    rows = await tx.fetch(QUERIES["without_key"], limit)
    for row in rows:
        person_id = row["person_id"]
        wrapped, key = vault.new_key(person_id, restricted=row["protected"])
        name = row["name_sealed"]
        await tx.execute(QUERIES["keep_key"], person_id, wrapped, row["protected"])
        await tx.execute(
            QUERIES["seal_again"],
            person_id,
            key.seal(person_id, "number", vault.open(person_id, "number", row["number_sealed"])),
            None if name is None else key.seal(person_id, "name", vault.open(person_id, "name", name)),
        )
    return len(rows)


async def rewrap(tx: Connection, vault: Vault, person_id: UUID, *, restricted: bool) -> None:
    """Keep the person's key under the house's other key for persons; nothing where it stands there already."""
    row = await tx.fetchrow(QUERIES["get_sealed"], person_id)
    if row is not None and row["wrapped"] is not None and row["restricted"] is not restricted:
        await tx.execute(QUERIES["rewrap_key"], person_id, vault.rewrap(person_id, row["wrapped"], restricted=restricted), restricted)


async def note_login(tx: Connection, person_id: UUID, principal: str) -> None:
    """As whom a person is known to the identity provider, and so to audit."""
    await tx.execute(QUERIES["add_login"], person_id, principal)


async def logins(tx: Connection, person_id: UUID) -> tuple[str, ...]:
    """Every `<issuer> <subject>` that somebody has logged in as."""
    return tuple(row["principal"] for row in await tx.fetch(QUERIES["logins"], person_id))


async def reference(tx: Connection, organisation: str, person_id: UUID, *, now: datetime) -> UUID:
    """The organisation's own random reference to a child, made on first use."""
    await tx.execute(QUERIES["add_child_ref"], opaque_id(), organisation, person_id, now)
    child_ref: UUID = await tx.fetchval(QUERIES["get_child_ref"], organisation, person_id)
    return child_ref


async def find_child(tx: Connection, vault: Vault, organisation: str, child_ref: UUID) -> Person | None:
    """Whom the organisation means; None for a reference that is another's or nobody's."""
    return _person(vault, await tx.fetchrow(QUERIES["find_child"], organisation, child_ref))


def _person(vault: Vault, row: sql.Row | None) -> Person | None:
    key = None if row is None else _key(vault, row["person_id"], row)
    if row is None or key is None:
        return None
    number = key.open(row["person_id"], "number", row["number_sealed"])
    return Person(person_id=row["person_id"], subject_id=row["subject_id"], birth_date=birth_date(number), protected=row["protected"])


def _key(vault: Vault, person_id: UUID, row: sql.Row) -> Sealing | None:
    """The person's key; the house's own for one who has none yet; None once it has been destroyed."""
    if not row["own_key"]:
        return vault
    return None if row["wrapped"] is None else vault.key_of(person_id, row["wrapped"], restricted=row["restricted"])
