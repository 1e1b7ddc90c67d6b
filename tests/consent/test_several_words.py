"""The table of the README, case by case: which word decides when several have spoken on one row."""

import itertools
from pathlib import Path

import pytest

from services.consent.domain.consent import Choice, Standing, State, holds, state_of
from tests.consent.test_domain import ALVA, DAD, MUM, NOW, governing, record, word

README = Path(__file__).parents[2] / "services/consent/README.md"
WORDS = {
    "yes": Choice.YES,
    "no": Choice.NO,
    "wants to talk": Choice.TALK,
    "withdraws": Choice.WITHDRAWN,
    "says nothing": None,
}


def table() -> list[tuple[str, ...]]:
    section = README.read_text(encoding="utf-8").split("## When several have spoken on one row")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


def said(words: tuple[str, ...]) -> list[Standing]:
    spoken = zip((MUM, DAD, ALVA), (WORDS[one] for one in words), strict=True)
    return [word(person, choice) for person, choice in spoken if choice is not None]


@pytest.mark.parametrize("line", table(), ids=", ".join)
def test_the_row_is_as_the_table_says_in_whatever_order_they_spoke_and_whoever_the_guardian_is(line: tuple[str, ...]) -> None:
    *words, expected = line
    one, other, child = words
    for heard_by in ((one, other, child), (other, one, child)):
        for spoken in itertools.permutations(said(heard_by)):
            facts = record(*spoken, governing=governing())
            assert state_of(facts, NOW) is State(expected)
            assert holds(facts, NOW) is (expected == "granted")
            if expected != "granted":
                assert state_of(record(*spoken), NOW) is State(expected)


def test_nothing_but_a_yes_of_everybody_who_must_and_no_word_against_it_lets_anything_through() -> None:
    for words in itertools.product(WORDS, repeat=3):
        facts = record(*said(words), governing=governing())
        assert holds(facts, NOW) is (words[:2] == ("yes", "yes") and words[2] in {"yes", "says nothing"}), words
