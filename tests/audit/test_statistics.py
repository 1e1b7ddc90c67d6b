"""Numbers out of entries, small ones hidden; and everybody's own look-ups."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.audit.domain.statistics import SMALLEST, Tally, quarter_of
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.read_own_acts import read_own_acts
from services.audit.usecases.search_entries import Search, search_entries
from services.audit.usecases.tell_statistics import tell_statistics
from shared.database import Connection
from tests.audit.make import CHILD, ISSUER, KEEPER, NOW, Producer, make_entry, make_officer, make_world
from tests.audit.test_flags import leaf

DISA = make_officer()


def counted(*leaves: Any) -> dict[str, int | None]:
    tally = Tally("o5ek")
    for one in leaves:
        tally.look(one)
    return {cell.measure: cell.count for cell in tally.cells()}


def answered(n: int, days: int, *reasons: str) -> Any:
    return leaf(NOW + timedelta(days=days), action="consent.answered", object_id=str(UUID(int=n)), reasons=reasons, producer="consent")


def asked(n: int) -> Any:
    return leaf(action="consent.asked", object_id=str(UUID(int=n)), actor_kind="timer", producer="consent")


def test_a_cell_below_five_is_hidden_and_five_is_shown() -> None:
    few, many = [asked(n) for n in range(SMALLEST - 1)], [asked(n) for n in range(SMALLEST)]

    assert counted(*few) == {"consent-asked": None}
    assert counted(*many) == {"consent-asked": SMALLEST}


@pytest.mark.parametrize(
    ("days", "measure"),
    [(0, "wait-within-1-day"), (1, "wait-within-3-days"), (6, "wait-within-7-days"), (13, "wait-within-14-days"), (14, "wait-longer")],
)
def test_the_wait_is_from_a_question_to_its_first_answer(days: int, measure: str) -> None:
    numbers = range(SMALLEST)
    found = counted(
        *map(asked, numbers),
        *(answered(n, days, "yes", "complete") for n in numbers),
        *(answered(n, 60, "no") for n in numbers),
    )

    assert found == {"consent-asked": 5, "consent-given": 5, "consent-refused": 5, measure: 5}


def test_decisions_count_by_answer_and_by_reason_and_quarters_are_swedish() -> None:
    decided = [leaf(action="disclosure.decided", answer="no", reasons=("need-missing", "need-missing"), model="hlt-team")] * 6

    assert counted(*decided) == {"answer-no": 6, "reason-need-missing": 6}
    assert quarter_of(datetime(2026, 9, 30, 22, 30, tzinfo=UTC)) == "2026-Q4"
    assert quarter_of(datetime(2026, 9, 30, 21, 30, tzinfo=UTC)) == "2026-Q3"


async def test_numbers_are_of_the_officers_own_logs_and_the_count_is_an_entry(audit_tx: Connection) -> None:
    await make_world(audit_tx, "o5ek")
    sent = [make_entry(action="disclosure.decided", answer="yes", model="hlt-team") for _ in range(5)]
    await append_entries(audit_tx, KEEPER, Producer().send(*sent), epoch=0, now=NOW)

    told = await tell_statistics(audit_tx, KEEPER, DISA, 2026, now=NOW)
    assert told is not None
    assert {(cell.organisation, cell.model, cell.measure, cell.count) for cell in told.cells} == {
        ("o5ek", "hlt-team", "answer-yes", 5),
        ("o5ek", "hlt-team", "reason-path-open", 5),
    }
    assert told.sizes == {"audit.samsyn.example/audit/o5ek/2026": 6}
    found = await search_entries(audit_tx, KEEPER, DISA, Search(organisation="o5ek", action="statistics.read"), now=NOW)
    assert found is not None
    assert len(found.entries) == 1
    assert await tell_statistics(audit_tx, KEEPER, make_officer(subject="tea"), 2026, now=NOW) is None


async def test_everybody_at_work_reads_their_own_look_ups_of_this_month_and_nobody_elses(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    sent = (
        make_entry(action="case.read"),
        make_entry(action="case.read", at=NOW - timedelta(days=40)),
        make_entry(action="names.read", subject=UUID(int=6)),
        make_entry(action="case.read", actor=f"{ISSUER} bo"),
    )
    await append_entries(audit_tx, KEEPER, Producer().send(*sent), epoch=0, now=NOW)

    own = await read_own_acts(audit_tx, KEEPER, make_officer(subject="anna"), now=NOW)
    again = await read_own_acts(audit_tx, KEEPER, make_officer(subject="anna"), now=NOW)
    nobody = await read_own_acts(audit_tx, KEEPER, make_officer("o8st", "anna"), now=NOW)

    assert [one.leaf.action for one in own.entries if one.leaf] == ["names.read", "case.read"]
    assert (own.children, own.more, str(own.since)) == (2, False, "2026-11-01 00:00:00+01:00")
    assert next(one.leaf.action for one in again.entries if one.leaf) == "own-acts.read"
    assert nobody.entries == ()
    assert str(CHILD) not in str(own)
