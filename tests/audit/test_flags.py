"""Each rule finds what it says and not its neighbour, across the loop's steps; a mark is an entry and hides the flag."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samsyn_verify import sample

from services.audit.domain.flags import MANY, RULES, TRIES, Watch
from services.audit.domain.leaf import Leaf, timestamp
from services.audit.domain.sampling import ALWAYS
from services.audit.storage import flags
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.raise_flags import list_flags, mark_flag, watch_log
from shared.database import Connection
from shared.errors import NotFound
from shared.ids import opaque_id
from tests.audit.make import KEEPER, NOW, Producer, make_entry, make_officer, make_world

DISA = make_officer()


def leaf(at: datetime = NOW, **how: Any) -> Leaf:
    given: dict[str, Any] = {
        "v": 1,
        "entry_id": str(UUID(int=1)),
        "organisation": "o5ek",
        "at": timestamp(at),
        "action": "case.read",
        "actor_kind": "person",
        "actor": "aa",
        "actor_seal": "",
        "producer": "sharing",
        "answer": "done",
    }
    return Leaf(**{**given, **how})


def rules_of(*leaves: Leaf) -> list[list[str]]:
    watch = Watch()
    return [[flag.rule for flag in watch.look(index, one)] for index, one in enumerate(leaves)]


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ({}, []),
        ({"action": "access.refused", "answer": "refused"}, ["refused"]),
        ({"action": "break-glass.opened"}, ["break-glass"]),
        ({"action": "break-glass.listed"}, []),
        ({"action": "telling.held"}, ["withheld-notice"]),
        ({"action": "handler.named", "producer": "consent"}, ["protected"]),
        ({"action": "consent.answered", "producer": "consent"}, []),
        ({"at": datetime(2026, 11, 24, 19, 0, tzinfo=UTC)}, ["outside-hours"]),  # 20:00 in Sweden
        ({"at": datetime(2026, 11, 24, 18, 59, tzinfo=UTC)}, []),
        ({"at": datetime(2026, 11, 24, 4, 59, tzinfo=UTC)}, ["outside-hours"]),
        ({"at": datetime(2026, 11, 28, 10, 0, tzinfo=UTC)}, ["outside-hours"]),  # a Saturday
        ({"at": datetime(2026, 11, 28, 10, 0, tzinfo=UTC), "producer": "consent"}, []),
        ({"at": datetime(2026, 11, 28, 10, 0, tzinfo=UTC), "actor_kind": "timer"}, []),
    ],
)
def test_one_entry_alone(how: dict[str, Any], found: list[str]) -> None:
    assert rules_of(leaf(**how)) == [found]


def test_many_children_are_more_than_the_number_within_an_hour() -> None:
    minute = timedelta(minutes=1)
    many = [leaf(NOW + n * minute, subject=str(n)) for n in range(MANY + 1)]
    slow = [leaf(NOW + n * 4 * minute, subject=str(n)) for n in range(MANY + 1)]

    assert rules_of(*many)[-2:] == [[], ["many-children"]]
    assert ["many-children"] not in rules_of(*slow)
    assert ["many-children"] not in rules_of(*[msgspec.structs.replace(one, subject="1") for one in many])


def test_repeated_refusals_are_told_once_when_they_become_many() -> None:
    tries = [leaf(NOW + timedelta(minutes=n), answer="refused") for n in range(TRIES + 1)]

    assert rules_of(*tries) == [*[[]] * (TRIES - 1), ["many-refused"], []]
    assert rules_of(*[msgspec.structs.replace(one, actor=str(n)) for n, one in enumerate(tries)]) == [[]] * (TRIES + 1)


async def test_a_pattern_is_found_across_two_looks_and_told_once(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    producer = Producer()

    async def arrive(count: int) -> int:
        sent = [make_entry(subject=opaque_id()) for _ in range(count)]
        await append_entries(audit_tx, KEEPER, producer.send(*sent), epoch=0, now=NOW)
        return sum([await watch_log(audit_tx, one, now=NOW) for one in await flags.unwatched(audit_tx)])

    assert await arrive(MANY) == 0
    assert await arrive(1) == 1
    assert await flags.unwatched(audit_tx) == []
    found = await list_flags(audit_tx, KEEPER, DISA, "o5ek", rule=None, before=None, marked=False, now=NOW)

    assert isinstance(found, list)
    assert [(one.flag.rule, one.seen.leaf is not None) for one in found] == [("many-children", True)]
    stranger = make_officer("o8st", "hans")
    assert isinstance(await list_flags(audit_tx, KEEPER, stranger, "o5ek", rule=None, before=None, marked=False, now=NOW), NotFound)


async def test_a_mark_hides_a_flag_and_is_an_entry(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    await append_entries(audit_tx, KEEPER, Producer().send(make_entry(action="access.refused", answer="refused")), epoch=0, now=NOW)
    for one in await flags.unwatched(audit_tx):
        await watch_log(audit_tx, one, now=NOW)

    async def listed(*, marked: bool) -> list[str | None]:
        found = await list_flags(audit_tx, KEEPER, DISA, "o5ek", rule="refused", before=None, marked=marked, now=NOW)
        assert isinstance(found, list)
        return [one.flag.mark for one in found]

    assert await listed(marked=False) == [None]
    marked = await mark_flag(audit_tx, KEEPER, DISA, "o5ek", 1, "refused", "false-positive", now=NOW)
    nothing = await mark_flag(audit_tx, KEEPER, DISA, "o5ek", 1, "protected", "seen", now=NOW)

    assert isinstance(marked, flags.Raised)
    assert isinstance(nothing, NotFound)
    assert await listed(marked=False) == []
    assert await listed(marked=True) == ["false-positive"]


def test_every_rule_has_a_sentence_in_both_languages() -> None:
    assert all(rule.sv != rule.en and rule.sv.endswith(".") and rule.en.endswith(".") for rule in RULES.values())


def test_every_code_that_a_rule_or_a_sample_looks_for_is_written_by_some_use_case() -> None:
    houses = Path(__file__).parents[2] / "services"
    written = "".join(
        file.read_text(encoding="utf-8") for house in ("consent", "sharing") for file in houses.glob(f"{house}/usecases/*.py")
    )
    codes = {code for rule in RULES.values() for code in rule.codes} | ALWAYS | {"consent.asked", "consent.answered", "disclosure.decided"}

    assert {code for code in codes if f'"{code}"' not in written} == set()


def test_the_verifier_draws_by_the_same_acts() -> None:
    assert sample.ALWAYS == ALWAYS
