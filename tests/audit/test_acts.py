"""What consent is told for a family's extract: what was done at work, by unit, and the reading is in the log first."""

from datetime import timedelta

from services.audit.events.questions import answers
from services.audit.storage import entries, logs
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.list_acts import list_acts
from services.audit.usecases.search_entries import as_seen
from shared.contracts.audit import Acts, Erasable
from shared.database import Connection
from shared.ids import opaque_id
from tests.audit.make import CHILD, KEEPER, NOW, Producer, make_entry, make_world

QUESTION = Acts(subject_id=CHILD, organisations=("o5ek", "o8st"), since=NOW - timedelta(days=1))


async def last_actions(tx: Connection) -> list[str]:
    log = await logs.find(tx, "o5ek", 2026)
    assert log is not None
    size = (await logs.state(tx, log.log_id)).size
    leaves = [as_seen(row).leaf for row in await entries.between(tx, 2026, log.log_id, size - 1, size)]
    return [leaf.action for leaf in leaves if leaf]


async def test_acts_at_work_are_told_without_who_and_the_familys_own_are_not(audit_tx: Connection) -> None:
    await make_world(audit_tx, "o5ek", "o8st")
    other = make_entry(subject=opaque_id())
    sent = [make_entry(action="delivery.fetched"), other, make_entry(action="case.read", at=NOW - timedelta(days=2))]
    await append_entries(audit_tx, KEEPER, Producer().send(*sent), epoch=0, now=NOW)
    await append_entries(audit_tx, KEEPER, Producer("consent").send(make_entry(action="consent.answered")), epoch=0, now=NOW)

    found = await list_acts(audit_tx, KEEPER, QUESTION, now=NOW)

    assert [(act.action, act.unit, act.organisation) for act in found.acts] == [("delivery.fetched", "o5ek-u2", "o5ek")]
    assert "anna" not in repr(found)
    assert await last_actions(audit_tx) == ["extract.read"]


async def test_a_child_that_a_log_never_met_leaves_no_trace_in_it(audit_tx: Connection) -> None:
    await make_world(audit_tx, "o5ek", "o8st")

    found = await list_acts(audit_tx, KEEPER, QUESTION, now=NOW)

    assert (found.acts, found.more) == ((), False)
    assert await last_actions(audit_tx) == ["log.opened"]
    assert set(answers(KEEPER)) == {Acts, Erasable}
