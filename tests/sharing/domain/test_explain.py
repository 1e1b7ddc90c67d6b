from datetime import date

import pytest

from services.sharing.domain.explain import WHEN, When, filing_note, gap_words, tell_steps
from shared.law.codes import LeafCategory, Purpose, Regime, Tell
from tests.sharing.domain.questions import TABLES, ask, no, yes


def test_every_tell_code_has_its_time_and_every_time_its_word() -> None:
    assert set(WHEN) == set(Tell)
    assert all(f"when-{when}" in TABLES.texts for when in When)


def test_the_family_is_told_in_the_order_of_time() -> None:
    steps = tell_steps(TABLES, ask(Regime.H_REG, Regime.S_SCH, Purpose.SUPPORT, LeafCategory.HEALTH_CARE))
    assert [step.code for step in steps] == ["T_BEFORE", "T_GAP", "T_CHILD", "T_APPEAL"]
    assert steps[0].when_text.sv == "innan"


def test_on_a_no_only_how_to_appeal_is_left() -> None:
    refused = yes("A_RELEVANT") | no("A_THIRD", "A_CLEAR_NO_HARM", "A_OWN_TASK")
    answer = ask(Regime.H_REG, Regime.S_SCH, Purpose.SUPPORT, LeafCategory.HEALTH_CARE, attested=refused)
    assert [step.code for step in tell_steps(TABLES, answer)] == ["T_APPEAL"]


@pytest.mark.parametrize(("recipient", "steps"), [(Regime.SOC, 0), (Regime.S_SCH, 2), (Regime.F_SCH, 3)])
def test_the_gap_is_put_in_words(recipient: Regime, steps: int) -> None:
    answer = ask(Regime.H_REG, recipient, Purpose.SUPPORT, LeafCategory.HEALTH_CARE)
    assert answer.gap == steps
    assert gap_words(TABLES, answer) == TABLES.texts[f"gap-{steps}"]


def test_the_note_for_the_record_says_what_to_whom_why_and_ends_with_the_law() -> None:
    note = filing_note(
        TABLES,
        on=date(2026, 11, 24),
        category=LeafCategory.ATTENDANCE,
        purpose=Purpose.SUPPORT,
        discloser="o5ek-u1",
        recipient="o2rg-u2",
        basis=("OSL 23:2 st. 3",),
        tell=(Tell.AFTER,),
    )
    assert note.sv.startswith("2026-11-24: närvaro och frånvaro från o5ek-u1 till o2rg-u2, för: planera stöd tillsammans.")
    assert note.en.endswith("Basis: OSL 23:2 st. 3.")
    assert TABLES.texts["T_AFTER"].sv in note.sv
