"""Tell another house whom an organisation's reference means."""

from services.consent.storage import handling, people
from services.consent.storage.vault import Vault
from shared.contracts.consent import Child, ChildFound
from shared.database import Connection


async def find_child(tx: Connection, vault: Vault, question: Child) -> ChildFound:
    """Empty for a reference that is another organisation's or nobody's: the two cannot be told apart (I6)."""
    person = await people.find_child(tx, vault, question.organisation, question.child_ref)
    if person is None:
        return ChildFound()
    told = await handling.told(tx, person.person_id)
    return ChildFound(
        subject_id=person.subject_id,
        birth_date=person.birth_date,
        restricted=told.restricted,
        handling_revision=told.revision,
        handlers=told.handlers,
    )
