"""Whom an organisation's reference means, for one who may know of them (I8)."""

from uuid import UUID

from services.consent.domain.custody import Person
from services.consent.storage import holds, people
from services.consent.storage.vault import Vault
from shared.auth import Caller
from shared.database import Connection


async def see_child(tx: Connection, vault: Vault, caller: Caller, organisation: str, child_ref: UUID) -> Person | None:
    """None for a reference that is another's or nobody's, and for protected identity unless the caller is named: all the same answer."""
    child = await people.find_child(tx, vault, organisation, child_ref)
    if child is None or not await holds.may_see(tx, child.person_id, organisation, caller.principal):
        return None
    return child
