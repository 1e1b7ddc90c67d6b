"""What is laid over the law only narrows it: collaboration models, the golden rule, and every override."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import msgspec
import pytest

from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import Detail, ItemFacts, Judgements, ThirdPersons
from shared.law.codes import Answer, LeafCategory, Purpose, Regime, SaidBy
from tests.sharing.proof.space import CONSENTS, GIVEN, ON, SAID, Cell, ask, cells, party, tables, yes_to_all
from tests.sharing.proof.test_rows import RANK, rank

MODELS = tuple(sorted(tables().models))
AGES_OF_MODELS = (None, 3, 11, 15, 19, 25)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_only_narrows(model: str) -> None:
    """The model's own no, or the law's answer: on each cell of the matrix and each flow of the model, all attested and agreed to."""
    for facts in (*_lawful(), *_flowing(model)):
        for age in AGES_OF_MODELS:
            law = decide_item(tables(), msgspec.structs.replace(facts, age=age))
            narrowed = decide_item(tables(), msgspec.structs.replace(facts, age=age, model=model))

            if narrowed.said_by is SaidBy.MODEL:
                assert narrowed.answer is Answer.NO, facts
            else:
                assert narrowed == law, facts


def test_no_model_is_closed_to_everything_but_those_that_are_off_or_know_no_child() -> None:
    closed = {model for model in MODELS if not any(_lets(model, facts) for facts in _flowing(model))}

    assert {tables().models[model].identification for model in closed if tables().models[model].enabled} <= {"none", "aggregate"}


def _lets(model: str, facts: ItemFacts) -> bool:
    age = tables().models[model].age_from
    return decide_item(tables(), msgspec.structs.replace(facts, age=age, model=model)).answer is Answer.YES


def _lawful() -> Iterator[ItemFacts]:
    for cell in cells():
        yield ask(cell, attested=yes_to_all(cell), consent=GIVEN)


def _flowing(model: str) -> Iterator[ItemFacts]:
    """One question for each thing that a flow of the model lets through."""
    seen: set[tuple[Regime, Regime, Purpose, LeafCategory]] = set()
    of = tables().models[model]
    for flow in of.flows:
        purposes = flow.purposes or tuple(purpose.code for purpose in of.purposes)
        for question in product(flow.discloser, flow.recipient, purposes, flow.categories):
            row = tables().row((question[0], question[1], question[2], tables().info(question[3], question[0])), ON)
            if question not in seen and row is not None:
                seen.add(question)
                yield ask(Cell(row, *question), attested={code: True for path in row.paths for code in path.attest}, consent=GIVEN)


@pytest.mark.parametrize("row", ["M08", "M09", "M17", "M45"])
def test_the_golden_rule_only_narrows(row: str) -> None:
    """Over all answers to all seven judgements: a no never opens, an unanswered one never opens what a yes would not."""
    cell = next(cell for cell in cells() if cell.row.id == row)
    names = Judgements.__struct_fields__
    plain = ask(cell, attested=yes_to_all(cell), consent=GIVEN)
    ranks = {
        said: rank(msgspec.structs.replace(plain, judgements=Judgements(**dict(zip(names, said, strict=True)))))
        for said in product(SAID, repeat=len(names))
    }
    for said, found in ranks.items():
        for place, answer in enumerate(said):
            if answer is not True:
                assert found <= ranks[(*said[:place], True, *said[place + 1 :])], (row, said)
        assert found == 0 or False not in said, (row, said)


def test_a_limit_of_the_golden_rule_only_narrows() -> None:
    for cell in cells():
        plain = ask(cell, attested=yes_to_all(cell), consent=GIVEN, detail=Detail.CODED)
        before = rank(plain)
        need = tables().need(cell.purpose, cell.category)
        changes: list[dict[str, Any]] = [
            *({"detail": detail} for detail in Detail),
            {"detail": Detail.FREE_TEXT, "coded_exists": True},
            *({"item_months": months, "period_months": months} for months in (0, 12, 13, 24, 25, 36, 37, 600)),
            *({"recipient_role": role} for role in need.not_roles),
        ]
        for change in changes:
            assert rank(msgspec.structs.replace(plain, **change)) <= before, (str(cell), change)


CLOSING: tuple[dict[str, object], ...] = (
    {"about_child": False},
    {"third_persons": ThirdPersons.PRESENT},
    {"secret_from_guardian": True},
    {"care_order": True},
    {"from_concern": True},
    {"reveals_reporter": True},
    {"committed_crime": True},
    {"received_for": Purpose.TECHNICAL},
    {"age": 18},
    {"recipient": None},
)


@pytest.mark.parametrize("change", CLOSING, ids=lambda change: next(iter(change)))
def test_an_override_never_turns_a_no_into_a_yes(change: dict[str, object]) -> None:
    """`recipient` None stands for the same regime at another organisation."""
    for cell, consent, attested in product(cells(), CONSENTS, (True, False)):
        if change == {"committed_crime": True} and tables().info(cell.category, cell.discloser) == "I_RISK":
            continue  # then the law speaks of another kind of information (IC16), which has its own rows
        facts = ask(cell, attested=yes_to_all(cell) if attested else {}, consent=consent, age=11)
        changed = {"recipient": party(cell.recipient, ("o2bb", "Borta"))} if "recipient" in change else change

        before, after = decide_item(tables(), facts), decide_item(tables(), msgspec.structs.replace(facts, **changed))

        assert after.answer is not Answer.YES or before.answer is Answer.YES, (str(cell), change)
        assert RANK[after.answer] <= max(RANK[before.answer], RANK[Answer.ASK] if after.whom else 0), (str(cell), change)
