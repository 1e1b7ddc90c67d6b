"""Who disposes of a child's secrecy: each age, regime, custody and judgement of `domain` 2.2, 3.3 and 3.4."""

from datetime import date
from itertools import product
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.law.codes import LeafCategory, Regime
from shared.law.disposers import (
    AskHuman,
    AskReason,
    Custody,
    Disposers,
    Family,
    Guardian,
    Item,
    Maturity,
    Question,
    Role,
    age_on,
    birthday,
    disposers,
)

TODAY = date(2026, 11, 24)
CHILD, MOTHER, FATHER, THIRD = (UUID(int=n) for n in range(1, 5))
BOTH = (Guardian(person_id=MOTHER, custody=Custody.JOINT), Guardian(person_id=FATHER, custody=Custody.JOINT))
SOLE = (Guardian(person_id=MOTHER, custody=Custody.SOLE),)
UNASKED = Question()

G, GC, C = ("guardian", "guardian"), ("guardian", "guardian", "child"), ("child",)


def family(age: int, guardians: tuple[Guardian, ...] = BOTH, **facts: bool) -> Family:
    return Family(person_id=CHILD, birth_date=date(TODAY.year - age, 1, 2), today=TODAY, guardians=guardians, **facts)


def item(regime: Regime = Regime.S_EH, category: LeafCategory = LeafCategory.PUPIL_HEALTH, **facts: object) -> Item:
    return msgspec.structs.replace(Item(regime=regime, category=category), **facts)


def roles(answer: Disposers | AskHuman) -> tuple[str, ...]:
    assert isinstance(answer, Disposers)
    return tuple(one.role for one in answer.needed)


@pytest.mark.parametrize(
    ("age", "regime", "expected"),
    [
        (0, Regime.H_REG, G),
        (11, Regime.S_EH, G),
        (11, Regime.H_REG, G),
        (12, Regime.S_EH, GC),
        (12, Regime.S_EMI, GC),
        (12, Regime.F_EH, GC),
        (12, Regime.F_EMI, GC),
        (13, Regime.H_REG, GC),
        (14, Regime.H_PRIV, GC),
        (12, Regime.S_SCH, G),
        (14, Regime.SOC, G),
        (15, Regime.S_SCH, GC),
        (15, Regime.SOC, GC),
        (17, Regime.H_REG, GC),
        (18, Regime.S_SCH, C),
        (20, Regime.H_REG, C),
    ],
)
def test_by_default_the_age_and_the_holder_decide(age: int, regime: Regime, expected: tuple[str, ...]) -> None:
    assert roles(disposers(family(age), item(regime, LeafCategory.PLAN), UNASKED)) == expected


@pytest.mark.parametrize(("confided", "expected"), [(True, GC), (False, G)])
def test_what_a_12_year_old_told_in_confidence_needs_its_yes(*, confided: bool, expected: tuple[str, ...]) -> None:
    assert roles(disposers(family(12), item(Regime.S_SCH, LeafCategory.PLAN, in_confidence=confided), UNASKED)) == expected


@pytest.mark.parametrize("age", [12, 13, 14])
def test_a_child_of_12_whose_yes_is_not_needed_is_heard(age: int) -> None:
    answer = disposers(family(age), item(Regime.S_SCH, LeafCategory.PLAN), UNASKED)
    assert isinstance(answer, Disposers)
    assert [one.role for one in answer.heard] == [Role.CHILD]


def test_a_child_under_12_is_neither_needed_nor_heard() -> None:
    answer = disposers(family(11), item(Regime.S_SCH, LeafCategory.PLAN), UNASKED)
    assert isinstance(answer, Disposers)
    assert answer.heard == ()


@pytest.mark.parametrize(("maturity", "expected"), [(Maturity.CHILD_ALONE, C), (Maturity.JOINT, GC), (Maturity.GUARDIANS, G)])
@pytest.mark.parametrize("age", [9, 13, 16])
def test_a_judgement_for_the_question_beats_the_age(age: int, maturity: Maturity, expected: tuple[str, ...]) -> None:
    assert roles(disposers(family(age), item(), Question(maturity=maturity))) == expected


def test_a_guardian_against_whom_it_is_secret_is_left_out() -> None:
    answer = disposers(family(9), item(secret_from=frozenset({FATHER})), UNASKED)
    assert isinstance(answer, Disposers)
    assert [one.person_id for one in answer.needed] == [MOTHER]


@pytest.mark.parametrize("custody", list(Custody))
def test_a_guardian_of_any_kind_decides(custody: Custody) -> None:
    guardians = (Guardian(person_id=MOTHER, custody=custody),)
    answer = disposers(family(9, guardians), item(), UNASKED)
    if custody is Custody.JOINT:
        assert answer == AskHuman(reason=AskReason.GUARDIAN_UNKNOWN)
    else:
        assert roles(answer) == ("guardian",)


@pytest.mark.parametrize(
    ("facts", "guardians", "secret_from", "reason"),
    [
        ({}, (), frozenset(), AskReason.NOBODY_KNOWN),
        ({}, SOLE, frozenset({MOTHER}), AskReason.NOBODY_KNOWN),
        ({}, BOTH, frozenset({MOTHER, FATHER}), AskReason.NOBODY_KNOWN),
        ({"disputed": True}, BOTH, frozenset(), AskReason.CUSTODY_DISPUTED),
        ({"care_order": True}, BOTH, frozenset(), AskReason.CARE_ORDER),
        ({"protected": True}, BOTH, frozenset(), AskReason.PROTECTED),
    ],
)
def test_where_no_rule_can_say_a_human_is_asked(
    facts: dict[str, bool], guardians: tuple[Guardian, ...], secret_from: frozenset[UUID], reason: AskReason
) -> None:
    assert disposers(family(10, guardians, **facts), item(secret_from=secret_from), UNASKED) == AskHuman(reason=reason)


def test_nobody_known_and_child_alone_is_the_child() -> None:
    assert roles(disposers(family(14, ()), item(), Question(maturity=Maturity.CHILD_ALONE))) == C


def test_a_care_order_goes_before_a_maturity_judgement_and_ends_at_18() -> None:
    assert isinstance(disposers(family(17, care_order=True), item(), Question(maturity=Maturity.CHILD_ALONE)), AskHuman)
    assert roles(disposers(family(18, care_order=True), item(), UNASKED)) == C


def test_an_unknown_age_is_for_a_human() -> None:
    unknown = Family(person_id=CHILD, birth_date=None, today=TODAY, guardians=BOTH)
    assert disposers(unknown, item(), UNASKED) == AskHuman(reason=AskReason.AGE_UNKNOWN)


def test_a_third_person_disposes_of_their_own_data() -> None:
    adult = Family(person_id=THIRD, birth_date=date(1980, 1, 1), today=TODAY)
    answer = disposers(family(9), item(about_child=False, third_person=adult), UNASKED)
    assert isinstance(answer, Disposers)
    assert [(one.person_id, one.role) for one in answer.needed] == [(THIRD, Role.THIRD_PERSON)]


def test_data_about_a_sibling_need_the_siblings_guardians() -> None:
    sibling = Family(person_id=THIRD, birth_date=date(2020, 1, 1), today=TODAY, guardians=BOTH)
    answer = disposers(family(9), item(about_child=False, third_person=sibling), UNASKED)
    assert isinstance(answer, Disposers)
    assert {one.person_id for one in answer.needed} == {MOTHER, FATHER}
    assert {one.role for one in answer.needed} == {Role.THIRD_PERSON}


def test_data_about_somebody_unknown_are_for_a_human() -> None:
    assert disposers(family(9), item(about_child=False), UNASKED) == AskHuman(reason=AskReason.PERSON_UNKNOWN)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2008, 11, 24), date(2026, 11, 23), 17),
        (date(2008, 11, 24), date(2026, 11, 24), 18),
        (date(2008, 2, 29), date(2026, 2, 27), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
    ],
)
def test_an_age_is_reached_on_the_birthday_and_of_a_leap_day_on_28_february(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


@given(st.dates(date(1900, 1, 1), date(2026, 11, 24)), st.integers(0, 120))
def test_an_age_is_reached_exactly_on_its_birthday(born: date, years: int) -> None:
    reached = birthday(born, born.year + years)
    assert age_on(born, reached) == years
    assert years == 0 or age_on(born, date.fromordinal(reached.toordinal() - 1)) == years - 1


@pytest.mark.parametrize(("regime", "age"), list(product(Regime, range(25))))
def test_the_answer_is_never_empty(regime: Regime, age: int) -> None:
    for guardians, maturity in product(((), SOLE, BOTH), (None, *Maturity)):
        answer = disposers(family(age, guardians), item(regime, LeafCategory.PLAN), Question(maturity=maturity))
        assert isinstance(answer, AskHuman) or answer.needed


@pytest.mark.parametrize("age", range(18))
def test_whoever_is_added_to_those_against_whom_it_is_secret_never_decides(age: int) -> None:
    for secret in (frozenset({MOTHER}), frozenset({FATHER}), frozenset({MOTHER, FATHER})):
        answer = disposers(family(age), item(secret_from=secret), UNASKED)
        assert isinstance(answer, AskHuman) or not secret & {one.person_id for one in (*answer.needed, *answer.heard)}
