"""Rules that need what was before: a person's own habit, a long silence, look-ups outside cases, an emergency nobody followed up."""

from datetime import datetime, timedelta

import pytest

from services.audit.domain.flags import FOLLOW_UP
from services.audit.domain.habits import DAYS, DORMANT, LEAST, TIMES, is_unusual, was_dormant
from services.audit.storage import flags
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.raise_flags import watch_follow_up, watch_log
from shared.contracts.entry import Entry
from shared.database import Connection
from shared.ids import opaque_id
from tests.audit.make import KEEPER, NOW, Producer, make_entry, make_world
from tests.audit.test_flags import leaf, rules_of

ENOUGH = [1] * DAYS


@pytest.mark.parametrize(
    ("today", "earlier", "found"),
    [
        (LEAST + 1, ENOUGH, True),
        (LEAST, ENOUGH, False),
        (LEAST + 1, ENOUGH[1:], False),
        (TIMES * 6 + 1, [*ENOUGH, 6], True),
        (TIMES * 6, [*ENOUGH, 6], False),
    ],
)
def test_unusual_is_far_beyond_ones_own_fullest_day(today: int, earlier: list[int], found: bool) -> None:
    assert is_unusual(today, earlier) is found


def test_dormant_is_a_long_silence_and_nobodys_first_act() -> None:
    assert was_dormant(NOW - DORMANT - timedelta(seconds=1), NOW)
    assert not was_dormant(NOW - DORMANT, NOW)
    assert not was_dormant(None, NOW)


def test_asking_about_several_children_outside_any_case_is_said() -> None:
    asked = [leaf(NOW + timedelta(minutes=n), action="disclosure.asked", subject=str(n)) for n in range(3)]
    in_case = [leaf(NOW, action="disclosure.asked", subject=str(n), case_id="c") for n in range(9)]

    assert rules_of(*asked) == [[], [], ["no-case"]]
    assert rules_of(*in_case) == [[]] * 9
    assert rules_of(*[leaf(NOW, action="disclosure.asked", subject="1")] * 9) == [[]] * 9


async def raised(tx: Connection, producer: Producer, *sent: Entry, now: datetime = NOW) -> list[str]:
    """The rules that these entries raise, after whatever came before."""
    before = {tuple(row) for row in await tx.fetch("select entry_index, rule from flag")}
    await append_entries(tx, KEEPER, producer.send(*sent), epoch=0, now=now)
    for one in await flags.unwatched(tx):
        await watch_log(tx, one, now=now)
    await watch_follow_up(tx, now=now)
    return sorted(row["rule"] for row in await tx.fetch("select entry_index, rule from flag") if tuple(row) not in before)


async def test_a_person_who_does_in_a_day_what_they_never_do_is_said_once_that_day(audit_tx: Connection) -> None:
    await make_world(audit_tx, now=NOW - timedelta(days=10))
    producer = Producer()
    history = [make_entry(at=NOW - timedelta(days=day), subject=opaque_id()) for day in range(DAYS, 0, -1)]
    usual = await raised(audit_tx, producer, *history)

    first = await raised(audit_tx, producer, *[make_entry(subject=opaque_id()) for _ in range(LEAST + 1)])
    again = await raised(audit_tx, producer, *[make_entry(subject=opaque_id()) for _ in range(2)])
    newcomer = [make_entry(actor="https://login.example ny", subject=opaque_id()) for _ in range(LEAST + 1)]

    assert "unusual-volume" not in usual
    assert first == ["unusual-volume"]
    assert again == []
    assert await raised(audit_tx, producer, *newcomer) == []


async def test_an_account_that_was_silent_for_long_is_said_when_it_is_used(audit_tx: Connection) -> None:
    long_ago = NOW - DORMANT - timedelta(days=1)
    await make_world(audit_tx, now=long_ago)
    producer = Producer()

    assert await raised(audit_tx, producer, make_entry(at=long_ago), now=long_ago) == []
    assert await raised(audit_tx, producer, make_entry(), make_entry()) == ["dormant"]
    assert await raised(audit_tx, producer, make_entry()) == []


async def test_an_emergency_that_nobody_followed_up_in_a_day_is_said(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    producer, late = Producer(), NOW + FOLLOW_UP
    opened = [make_entry(action="break-glass.opened", case_id=opaque_id(), object_id=opaque_id()) for _ in range(2)]
    seen = [one.case_id for one in opened], [one.object_id for one in opened]
    assert await raised(audit_tx, producer, *opened) == ["break-glass", "break-glass"]
    refused = make_entry(action="break-glass.reviewed", answer="refused", case_id=seen[0][0], object_id=seen[1][0], at=late)
    reviewed = make_entry(action="break-glass.reviewed", answer="done", case_id=seen[0][1], object_id=seen[1][1], at=late)

    on_time = await raised(audit_tx, producer, refused, reviewed, now=late)
    after = await raised(audit_tx, producer, now=late + timedelta(seconds=1))

    assert on_time == []
    assert after == ["break-glass-unreviewed"]
    assert await raised(audit_tx, producer, now=late + timedelta(hours=1)) == []
