"""The worked cases: what a lawyer wants for each, what the engine answers, and that no word of the rules is without one."""

from collections import Counter
from datetime import date
from typing import Any

import msgspec
import pytest

from services.sharing.domain.alternatives import advise_item
from services.sharing.domain.case_file import WorkedCase, shipped
from services.sharing.domain.engine import decide_item
from services.sharing.domain.reasons import Reason
from services.sharing.domain.tables import load
from services.sharing.domain.wording import codes_in, explain
from shared.law.codes import Answer, Attestation, Label, Tell

TABLES = load()
CASES = shipped(TABLES)

NOT_OF_ONE_ITEM = (
    "case-waits-for-consent",
    "mandatory-party-missing",
    "meeting-waits-for-consent",
    "demand-",
    "needed-",
    "status-",
    "when-",
)
"""Words for meetings, agreements and the page of rules; an item's answer has none of them."""
NO_CASE_CAN = {
    "model-unknown": "a case file is refused that names a model the tables do not have; an old decision can",
    "I_REPORTER": "who reported is no information of its own here: the fact `reveals_reporter` demands A_REPORTER",
}


def test_the_lawyers_twenty_and_forty_of_our_own() -> None:
    twenty = {case.id[:2] for case in CASES if case.id[:2].isdigit()}

    assert twenty == {f"{number:02}" for number in range(1, 21)}
    assert sum(not case.id[:2].isdigit() for case in CASES) >= 40


def test_each_case_is_named_in_both_languages_says_its_law_and_stands_on_a_fixed_day() -> None:
    assert [name for name, times in Counter(case.id for case in CASES).items() if times > 1] == []
    assert [case.id for case in CASES if not (case.name_sv and case.name_en and case.law and case.want)] == []
    assert [case.id for case in CASES if case.facts.on == date.max] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_engine_answers_each_case_as_the_law_does(case: WorkedCase) -> None:
    answer = decide_item(TABLES, case.facts)

    assert case.misses(answer) == {}
    for language in ("sv", "en"):
        assert explain(TABLES, case.facts, answer, language).headline


def test_every_reason_answer_label_attestation_and_duty_to_tell_is_used_by_a_case() -> None:
    used = _used()

    assert {code for of in (Reason, Answer, Label, Attestation, Tell) for code in of} - used == set(NO_CASE_CAN) & set(Reason)


def test_every_text_is_used_by_a_case() -> None:
    unused = set(TABLES.texts) - _used() - set(NO_CASE_CAN)

    assert sorted(code for code in unused if not code.startswith(NOT_OF_ONE_ITEM)) == []


def test_every_row_and_every_way_that_can_say_yes_is_used_by_a_case() -> None:
    answers = [decide_item(TABLES, case.facts) for case in CASES]
    ways = {
        (row.id, path.basis)
        for row in TABLES.rows
        for path in row.paths
        if row.label is not Label.ESCALATE or Attestation.LEGAL in path.attest
    }

    assert {row.id for row in TABLES.rows} - {answer.row for answer in answers} == set()
    assert ways - {(answer.row, answer.basis) for answer in answers} == set()


def _used() -> set[str]:
    return {code for case in CASES for code in _codes(case)}


def _codes(case: WorkedCase) -> set[str]:
    """The codes that somebody who reads this case and its answer meets."""
    answer = advise_item(TABLES, case.facts)
    found = set(codes_in(TABLES, answer)) | set(_strings(msgspec.to_builtins(case.facts)))
    found |= {f"said-by-{answer.said_by}", f"detail-{case.facts.detail}", f"gap-{answer.gap}", TABLES.info_for(case.facts)}
    found |= {f"whom-{one}" for one in answer.whom} | {f"instead-{one.kind}" for one in answer.alternatives}
    found |= {f"others-{case.facts.third_persons}", f"profession-{case.facts.profession}"}
    for path in answer.paths:
        found |= {f"kind-{path.kind}"}
        for condition in path.conditions:
            found |= {f"state-{condition.state}", f"opener-{condition.opener}", condition.code}
    return found


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, one in value.items() for text in (key, *_strings(one))]
    return [text for one in value for text in _strings(one)] if isinstance(value, list | tuple) else []
