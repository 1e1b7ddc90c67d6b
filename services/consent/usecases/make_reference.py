"""Give an organisation its own reference to a child that another one tells it about."""

from datetime import datetime

from services.consent.storage import people
from services.consent.storage.vault import Vault
from shared.contracts.consent import Reference, ReferenceMade
from shared.database import Connection


async def make_reference(tx: Connection, vault: Vault, question: Reference, *, now: datetime) -> ReferenceMade:
    """Random, the same at each asking, different for each organisation; empty for an unknown subject."""
    person = await people.get_subject(tx, vault, question.subject_id)
    if person is None:
        return ReferenceMade()
    return ReferenceMade(child_ref=await people.reference(tx, question.organisation, person.person_id, now=now))
