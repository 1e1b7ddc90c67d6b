"""Each row's paths over their own attestations x consent x age x handling: no dead path, and nothing that a fact opens by closing."""

from collections.abc import Iterable
from itertools import product

import msgspec
import pytest

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import ConsentFact, ItemFacts
from shared.contracts.consent import CoverageState
from shared.law.codes import Answer, Attestation, Label
from tests.sharing.proof import written
from tests.sharing.proof.space import AGES, AWAY, CONSENTS, GIVEN, STOPPED, Cell, ask, cells, party, said, tables, yes_to_all

ROWS = tuple(row["id"] for row in written.MATRIX)
RANK = {Answer.NO: 0, Answer.ASK: 1, Answer.WAIT: 1, Answer.ATTEST: 1, Answer.YES: 2}
"""How open an answer is: nothing happens, somebody has to do something first, it may be told."""

Said = frozenset[tuple[Attestation, bool]]


def rank(facts: ItemFacts) -> int:
    """How open the answer to this question is."""
    return RANK[decide_item(tables(), facts).answer]


def _cells_of(row: str) -> Iterable[Cell]:
    return (cell for cell in cells() if cell.row.id == row)


def _answers(cell: Cell, consent: ConsentFact | None, age: int | None) -> dict[Said, ItemAnswer]:
    plain = ask(cell, consent=consent, age=age)
    return {
        frozenset(attested.items()): decide_item(tables(), msgspec.structs.replace(plain, attested=attested)) for attested in said(cell)
    }


def test_every_row_has_cells() -> None:
    assert {cell.row.id for cell in cells()} == set(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_a_yes_to_an_attestation_never_closes_and_a_refusal_never_opens(row: str) -> None:
    for cell in _cells_of(row):
        for age in AGES:
            by_consent = [(consent, _answers(cell, consent, age)) for consent in CONSENTS]
            for consent, answers in by_consent:
                _assert_yes_never_closes(answers, f"{cell} {age} {consent}")
                _assert_no_more_open_than_given(answers, next(found for state, found in by_consent if state == GIVEN), f"{cell} {age}")
                if consent is not None and consent.state in STOPPED:
                    others = [other for state, other in by_consent if state is not None and state.state not in STOPPED]
                    _assert_refusal_never_opens(answers, others, f"{cell} {age}")


def _assert_yes_never_closes(answers: dict[Said, ItemAnswer], where: str) -> None:
    for attested, after in answers.items():
        for code in [code for code, yes in attested if yes]:
            without = attested - {(code, True)}
            for before in (answers.get(without), answers.get(without | {(code, False)})):
                if before is None:
                    continue
                assert RANK[after.answer] >= RANK[before.answer], f"{code} closes: {where} {attested}"
                for one, other in zip(before.paths, after.paths, strict=True):
                    assert other.is_open >= one.is_open, f"{code} closes {one.basis}: {where} {attested}"
                    assert other.can_open >= one.can_open, f"{code} ends {one.basis}: {where} {attested}"


def _assert_no_more_open_than_given(answers: dict[Said, ItemAnswer], given: dict[Said, ItemAnswer], where: str) -> None:
    for attested, answer in answers.items():
        assert RANK[answer.answer] <= RANK[given[attested].answer], f"more open than with consent: {where} {attested}"


def _assert_refusal_never_opens(refused: dict[Said, ItemAnswer], others: list[dict[Said, ItemAnswer]], where: str) -> None:
    for attested, answer in refused.items():
        assert not (answer.answer is Answer.YES and answer.needs_consent), f"yes on consent that was refused: {where} {attested}"
        for other in others:
            assert RANK[answer.answer] <= RANK[other[attested].answer], f"refusing opens: {where} {attested}"


@pytest.mark.parametrize("row", ROWS)
def test_no_path_is_dead_and_each_answer_is_whole(row: str) -> None:
    opened: set[tuple[str, ...]] = set()
    carried: set[tuple[str, ...]] = set()
    for cell in _cells_of(row):
        for facts in _alone(cell):
            answer = decide_item(tables(), facts)
            opened |= {path.basis for path in answer.paths if path.is_open}
            carried |= {answer.basis} - {()}
        for age, consent in product(AGES, CONSENTS):
            for answer in _answers(cell, consent, age).values():
                _assert_whole(answer, str(cell))
    label = tables().by_id[row].label
    for path in tables().by_id[row].paths:
        assert path.basis in opened, f"{row}: nothing opens {path.basis}"
        may_say_yes = label is not Label.ESCALATE or Attestation.LEGAL in path.attest
        assert (path.basis in carried) == may_say_yes, f"{row}: {path.basis}"


def _assert_whole(answer: ItemAnswer, where: str) -> None:
    """One answer, with what belongs to it and nothing that belongs to another."""
    assert (answer.answer is Answer.YES) == bool(answer.basis), where
    assert not answer.basis or answer.basis in {path.basis for path in answer.paths if path.is_open}, where
    assert bool(answer.whom) == (answer.answer is Answer.ASK), where
    assert not answer.to_attest or answer.answer in {Answer.ATTEST, Answer.WAIT}, where
    assert not answer.missing or answer.answer is Answer.WAIT, where
    assert answer.reasons, where


def _alone(cell: Cell) -> list[ItemFacts]:
    """Each path's own attestations alone, at home and away, about the child and about another person, under each answer of consent."""
    asked = []
    for path, consent, about_child in product(cell.row.paths, (None, GIVEN), (True, False)):
        one = ask(cell, attested=dict.fromkeys(path.attest, True), consent=consent, about_child=about_child)
        asked += [one, msgspec.structs.replace(one, recipient=party(cell.recipient, AWAY))]
    return asked


@pytest.mark.parametrize("row", ROWS)
def test_protected_identity_and_a_switch_never_loosen(row: str) -> None:
    """Whatever else is known: by hand, or not at all. Unknown handling of a named child counts as protected, and the words are the same."""
    for cell in _cells_of(row):
        for attested, consent, age in product(({}, yes_to_all(cell)), (None, GIVEN), (None, 11, 18)):
            plain = ask(cell, attested=attested, consent=consent, age=age)
            handled = [
                decide_item(tables(), msgspec.structs.replace(plain, restricted=r)) for r in (True, *(() if age is None else (None,)))
            ]
            for answer in handled:
                assert answer.answer is Answer.ASK, str(cell)
                assert answer == handled[0], f"{cell}: unknown and protected can be told apart"
                assert (answer.missing, answer.to_attest, answer.paths, answer.open_facts) == ((), (), (), ()), str(cell)
            assert decide_item(tables(), msgspec.structs.replace(plain, stopped=True)).answer is Answer.NO


@pytest.mark.parametrize("row", ROWS)
def test_unknown_is_never_more_open_than_everything_that_could_be_known(row: str) -> None:
    for cell in _cells_of(row):
        yes = yes_to_all(cell)
        for code, consent in product(yes, (None, GIVEN)):
            unknown = ask(cell, attested={c: True for c in yes if c is not code}, consent=consent)
            _assert_no_more_open(
                unknown, *(msgspec.structs.replace(unknown, attested={**unknown.attested, code: known}) for known in (True, False))
            )
        asked = ask(cell, attested=yes)
        _assert_no_more_open(asked, *(msgspec.structs.replace(asked, consent=ConsentFact(state=state)) for state in CoverageState))
        _assert_no_more_open(asked, *(msgspec.structs.replace(asked, age=age) for age in (11, 15, 18, 21)))
        _assert_no_more_open(
            msgspec.structs.replace(asked, recipient=party(cell.recipient, (None, None))),
            asked,
            msgspec.structs.replace(asked, recipient=party(cell.recipient, AWAY)),
        )


def _assert_no_more_open(unknown: ItemFacts, *known: ItemFacts) -> None:
    assert rank(unknown) <= max(map(rank, known)), unknown
