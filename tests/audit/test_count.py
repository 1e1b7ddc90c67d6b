"""The numbers that are kept counted are those of the entries, wherever the loop was stopped and whatever it counted before."""

from datetime import timedelta

import pytest

from services.audit.domain import statistics
from services.audit.domain.log import Log
from services.audit.domain.statistics import Cell, Tally
from services.audit.storage import entries, logs, tallies
from services.audit.usecases import count_logs
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.count_logs import count_step, tally_log
from services.audit.usecases.search_entries import as_seen
from shared.contracts.entry import Entry
from shared.database import Connection
from shared.ids import opaque_id
from tests.audit.make import KEEPER, NOW, Producer, make_entry, make_world


def acts() -> list[Entry]:
    """Seven questions, of which six are answered after so many days; and decisions."""
    found = []
    for day in range(7):
        question = opaque_id()
        found.append(make_entry(action="consent.asked", answer="done", object_id=question, at=NOW - timedelta(days=40)))
        if day:
            at = NOW - timedelta(days=40 - day)
            found.append(make_entry(action="consent.answered", answer="done", reasons=("yes",), object_id=question, at=at))
        found.append(make_entry(action="disclosure.decided", answer="yes"))
    return found


async def stage(tx: Connection) -> tuple[Log, int]:
    await make_world(tx, now=NOW - timedelta(days=41))
    await append_entries(tx, KEEPER, Producer("consent").send(*acts()), epoch=0, now=NOW)
    log = await logs.find(tx, "o5ek", 2026)
    assert log is not None
    return log, (await logs.state(tx, log.log_id)).size


async def of_entries(tx: Connection, log: Log, size: int) -> list[Cell]:
    tally = Tally("o5ek")
    for row in await entries.between(tx, log.year, log.log_id, 0, size):
        leaf = as_seen(row).leaf
        assert leaf is not None
        tally.look(leaf)
    return list(tally.cells())


@pytest.mark.parametrize("turns", [0, 1, 2, 20])
async def test_what_is_kept_and_what_has_come_since_are_all_entries(
    audit_tx: Connection, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    monkeypatch.setattr(count_logs, "STEP", 3)
    log, size = await stage(audit_tx)

    counted = sum([await count_step(audit_tx, log.log_id) for _ in range(turns)])

    assert counted == min(turns * 3, size)
    assert list((await tally_log(audit_tx, log, size)).cells()) == await of_entries(audit_tx, log, size)
    assert (log.log_id in await tallies.uncounted(audit_tx)) is (counted < size)
    assert {"consent-given", "consent-asked", "answer-yes"} <= {cell.measure for cell in await of_entries(audit_tx, log, size)}


async def test_another_way_of_counting_counts_everything_anew(audit_tx: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    log, size = await stage(audit_tx)
    await count_step(audit_tx, log.log_id)
    await audit_tx.execute("update tally set number = number + 9, measure = measure || '-old'")

    monkeypatch.setattr(tallies, "VERSION", statistics.VERSION + 1)
    again = await count_step(audit_tx, log.log_id)

    assert again == size
    assert list((await tally_log(audit_tx, log, size)).cells()) == await of_entries(audit_tx, log, size)
    assert await audit_tx.fetchval("select count(*) from tally where measure like '%-old'") == 0
    assert await audit_tx.fetchval("select count(*) from tally_asked") == 1
