"""Audit has been out of reach for a day: the family's own no, in every form, is taken all the same, and its entry waits (DESIGN 8 b, d)."""

from datetime import timedelta

from services.consent.domain.consent import Choice
from services.consent.usecases.withdraw_by_telephone import withdraw_by_telephone
from services.consent.usecases.withdraw_consent import Withdrawn
from shared import outbox
from shared.database import Connection
from tests.audit.make import make_entry
from tests.consent.world import FATHER, MEANS, NOW, STAFF, ask, family, say, withdraw

YESTERDAY = NOW - timedelta(days=1)


async def waiting(tx: Connection) -> list[str]:
    """The actions of the entries that wait for audit."""
    action = "convert_from(body, 'utf8')::jsonb->>'action'"
    rows = await tx.fetch(f"select {action} as action from outbox where log is not null and done_at is null")  # noqa: S608  a constant
    return [row["action"] for row in rows]


async def test_withdrawing_and_refusing_are_never_stopped_by_audit_being_away(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await outbox.add(consent_tx, make_entry(at=YESTERDAY), now=YESTERDAY)
    assert await outbox.oldest_entry(consent_tx, "o5ek") == YESTERDAY
    event = await ask(consent_tx, home.subject_id, categories=("pupil-health", "attendance"))
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)
    consent_id = await consent_tx.fetchval("select consent_id from consent where request_id = $1", event.request_id)
    again = await ask(consent_tx, home.subject_id)

    pressed = await withdraw(consent_tx, home.mother, consent_id, 1)
    called = await withdraw_by_telephone(consent_tx, MEANS, STAFF, consent_id, FATHER, "called-back", 2, now=NOW)  # type: ignore[arg-type]
    await say(consent_tx, home.father, again.request_id, Choice.NO)

    assert isinstance(pressed, Withdrawn)
    assert isinstance(called, Withdrawn)
    found = await waiting(consent_tx)
    assert found.count("consent.withdrawn") == 2
    assert "decision.made" in found  # yesterday's still waits, and nothing asked for it
