"""Audit's receipts close consent's entries, and only consent's."""

from datetime import UTC, datetime

from services.consent.usecases.hear_sequenced import hear_sequenced
from shared import outbox
from shared.contracts.entry import Entry, Person, Sequenced
from shared.database import Connection
from shared.ids import new_id

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


async def test_a_receipt_closes_the_entrys_row_and_another_houses_does_not(consent_tx: Connection) -> None:
    person = Person(actor_kind="person", actor="https://login.example anna")
    entry = Entry(entry_id=new_id(NOW), organisation="o5ek", at=NOW, action="consent.given", person=person)
    entry_id = await outbox.add(consent_tx, entry, now=NOW)

    await hear_sequenced(consent_tx, Sequenced(house="sharing", entry_ids=(entry_id,)), now=NOW)
    assert await outbox.is_open(consent_tx, entry_id)
    await hear_sequenced(consent_tx, Sequenced(house="consent", entry_ids=(entry_id,)), now=NOW)

    assert not await outbox.is_open(consent_tx, entry_id)
