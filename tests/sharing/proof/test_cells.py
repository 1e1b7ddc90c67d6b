"""Every question there is finds its one row, or a human: the engine against the tables as they are written."""

from functools import cache

from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import ItemFacts
from shared.law.codes import Answer, Info, LeafCategory, Purpose, Regime, SaidBy
from tests.sharing.proof import written
from tests.sharing.proof.space import FIT, HOME, ON, party, questions, tables


@cache
def _answering(holder: Regime, recipient: Regime, purpose: Purpose, info: str) -> tuple[str, ...]:
    rows = written.matching(holder, recipient, purpose, info)
    return tuple(row["id"] for row in rows if row["valid_from"] <= ON and row.get("valid_to", ON) >= ON)


def test_each_cell_gets_its_one_row_or_a_human() -> None:
    parties = {regime: party(regime, HOME) for regime in Regime}
    for holder, recipient, purpose, category in questions():
        rows = _answering(holder, recipient, purpose, written.info_of(category, holder))
        facts = ItemFacts(
            discloser=parties[holder],
            recipient=parties[recipient],
            purpose=purpose,
            category=category,
            on=ON,
            restricted=False,
            judgements=FIT,
        )
        where = f"{holder}>{recipient} {purpose} {category}"

        answer = decide_item(tables(), facts)

        assert len(rows) <= 1, f"{where} is answered by {rows}"
        assert answer.row == (rows[0] if rows else None), where
        assert answer.reasons, where
        assert answer.answer is not Answer.YES, f"{where}: yes although nothing was attested"
        if not rows:
            assert (answer.answer is Answer.ASK and answer.whom) or answer.said_by is SaidBy.OVERRIDE, where


def test_no_row_of_the_matrix_is_dead() -> None:
    alive = {
        row
        for holder, recipient, purpose, category in questions()
        for row in _answering(holder, recipient, purpose, written.info_of(category, holder))
    } | {row["id"] for row in written.MATRIX for other in written.MATRIX if row["id"] in other.get("by_profession", {}).values()}

    assert {row["id"] for row in written.MATRIX} == alive


def test_every_code_of_the_law_reaches_the_matrix() -> None:
    """Information that no leaf category stands for cannot be asked about: the matrix would speak of nothing."""
    said = {written.info_of(category, holder) for category in LeafCategory for holder in Regime} | {Info.SUSPICION}
    """A committed crime (IC16): a fact of the item, not a category of its own."""

    assert {info for row in written.MATRIX for info in row["info"]} - {written.ANY_INFO} <= said
    assert said <= set(Info)
