from datetime import date
from importlib.resources import files

import msgspec
import pytest

from services.sharing.domain.engine import ItemAnswer, decide_item
from services.sharing.domain.facts import ConsentFact, ItemFacts, Judgements, Party
from services.sharing.domain.tables import Tables, build, load, read
from shared.contracts.consent import CoverageState, Missing, SignerStatus
from shared.law.codes import Answer, Attestation, Label, LeafCategory, Purpose, Regime

TABLES = load()
FIT = Judgements(necessary=True, relevant=True, proportionate=True)
THREE_MISSING = (
    Missing(role="guardian", number=2, status=SignerStatus.NOT_ASKED),
    Missing(role="child", number=1, status=SignerStatus.NOT_ASKED),
)


def make_facts(**changes: object) -> ItemFacts:
    """The story's question: pupil health tells the clinic about a 13-year-old, everything judged, nothing attested."""
    facts = ItemFacts(
        discloser=Party(organisation="o5ek", regime=Regime.S_EH, public=True),
        recipient=Party(organisation="o2rg", regime=Regime.H_REG, public=True),
        purpose=Purpose.SUPPORT,
        category=LeafCategory.PUPIL_HEALTH,
        on=date(2026, 11, 24),
        age=13,
        restricted=False,
        consent=ConsentFact(state=CoverageState.NOT_ASKED, missing=THREE_MISSING),
        judgements=FIT,
        model="hlt-team",
    )
    return msgspec.structs.replace(facts, **changes)


def school(**changes: object) -> ItemFacts:
    school_unit = Party(organisation="o5ek", regime=Regime.S_SCH, public=True)
    return make_facts(**{"discloser": school_unit, "category": LeafCategory.ATTENDANCE, "consent": None, **changes})


def yes(*codes: Attestation) -> dict[Attestation, bool]:
    return dict.fromkeys(codes, True)


def given(**changes: object) -> ItemFacts:
    attested = yes(Attestation.RELEVANT, Attestation.THIRD_PERSONS)
    return make_facts(consent=ConsentFact(state=CoverageState.GIVEN), **{"attested": attested, **changes})


def decide(facts: ItemFacts) -> ItemAnswer:
    return decide_item(TABLES, facts)


def test_attendance_may_be_told_once_harm_is_tested() -> None:
    before = decide(school())
    after = decide(school(attested=yes(Attestation.HARM_TESTED, Attestation.RELEVANT)))

    assert (before.answer, before.label, before.row) == (Answer.ATTEST, Label.FREE, "M08")
    assert before.to_attest == ("A_MEN_TESTED", "A_RELEVANT")
    assert (after.answer, after.basis, after.needs_consent) == (Answer.YES, ("OSL 23:2 st. 3",), False)


def test_the_assessment_waits_for_both_guardians_and_the_pupil_and_names_the_exception() -> None:
    answer = decide(make_facts())

    assert (answer.answer, answer.reasons, answer.missing) == (Answer.WAIT, ("consent-not-asked",), THREE_MISSING)
    assert answer.needs_consent
    exception = answer.paths[1]
    assert exception.basis == ("OSL 10:27",)
    assert [c.code for c in exception.conditions if c.state == "open"] == ["A_TRIED", "A_OBVIOUS", "A_RELEVANT"]


def test_the_assessment_may_be_told_when_all_have_said_yes() -> None:
    answer = decide(given())

    assert (answer.answer, answer.basis, answer.needs_consent) == (Answer.YES, ("OSL 12:2", "OSL 12:3"), True)


def test_the_exception_opens_only_with_each_of_its_attestations() -> None:
    full = yes(Attestation.TRIED, Attestation.OBVIOUS, Attestation.RELEVANT)
    assert decide(make_facts(attested=full)).basis == ("OSL 10:27",)

    for left_out in full:
        partial = {code: said for code, said in full.items() if code is not left_out}
        assert decide(make_facts(attested=partial)).answer is Answer.WAIT, left_out
        assert decide(make_facts(attested={**full, left_out: False})).answer is not Answer.YES, left_out


@pytest.mark.parametrize("state", [s for s in CoverageState if s is not CoverageState.GIVEN])
def test_no_consent_state_but_given_opens_the_consent_path(state: CoverageState) -> None:
    facts = given()
    answer = decide(msgspec.structs.replace(facts, consent=ConsentFact(state=state)))
    assert answer.answer is not Answer.YES


def test_unknown_consent_is_not_a_yes() -> None:
    assert decide(msgspec.structs.replace(given(), consent=None)).answer is Answer.WAIT


def test_a_withdrawal_is_named_before_the_exception() -> None:
    answer = decide(msgspec.structs.replace(given(), consent=ConsentFact(state=CoverageState.WITHDRAWN)))

    assert answer.answer is Answer.ATTEST
    assert answer.reasons[0] == "consent-withdrawn"


def test_nobody_known_who_may_answer_goes_to_a_human() -> None:
    answer = decide(make_facts(consent=ConsentFact(state=CoverageState.ASK_HUMAN)))
    assert (answer.answer, answer.reasons) == (Answer.ASK, ("ask-who-decides",))


def test_a_tick_cannot_stand_in_for_custody() -> None:
    everything = dict.fromkeys(Attestation, True) | dict.fromkeys([Attestation.TRIED, Attestation.OBVIOUS], False)
    assert decide(make_facts(attested=everything)).answer is not Answer.YES


@pytest.mark.parametrize("name", ["necessary", "relevant", "proportionate"])
def test_the_golden_rule_denies_and_an_open_judgement_is_no_yes(name: str) -> None:
    assert decide(given(judgements=msgspec.structs.replace(FIT, **{name: False}))).reasons == (f"not-{name}",)
    answer = decide(given(judgements=msgspec.structs.replace(FIT, **{name: None})))
    assert (answer.answer, answer.to_attest) == (Answer.ATTEST, (f"judge-{name}",))


@pytest.mark.parametrize("restricted", [True, None])
def test_a_named_child_whose_handling_is_special_or_unknown_goes_to_a_human(*, restricted: bool | None) -> None:
    assert decide(given(restricted=restricted)).reasons == ("special-handling",)


def test_a_kill_switch_stops_everything() -> None:
    assert decide(given(stopped=True)).reasons == ("stopped-by-switch",)


def test_a_question_without_a_row_goes_to_a_human() -> None:
    answer = decide(school(category=LeafCategory.MATTER, model=None, purpose=Purpose.FEEDBACK))
    assert (answer.answer, answer.reasons) == (Answer.ASK, ("no-row",))


def test_a_row_does_not_hold_before_its_first_day() -> None:
    early = date(2026, 4, 26)
    assert decide(given(on=early)).reasons == ("no-row",)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model": "no-such"}, "model-unknown"),
        ({"purpose": Purpose.CARE}, "purpose-not-in-template"),
        ({"recipient": Party(organisation="x", regime=Regime.POL, public=True)}, "party-not-in-template"),
        ({"age": 20}, "age-not-in-template"),
        ({"category": LeafCategory.RISK_PROTECTION}, "category-not-allowed"),
    ],
)
def test_the_model_says_its_own_no(changes: dict[str, object], reason: str) -> None:
    answer = decide(given(**changes))
    assert (answer.answer, answer.reasons) == (Answer.NO, (reason,))


def test_the_same_category_is_another_matter_of_law_with_another_holder() -> None:
    assert TABLES.info(LeafCategory.PUPIL_HEALTH, Regime.S_EH) == "I_EH"
    assert TABLES.info(LeafCategory.PUPIL_HEALTH, Regime.S_EMI) == "I_HEALTH"
    assert TABLES.info(LeafCategory.PLAN, Regime.SOC) == "I_SOC"


def test_a_weaker_receiver_is_a_gap_and_a_stronger_one_is_none() -> None:
    assert TABLES.gap(Regime.H_REG, Regime.S_SCH) == 2
    assert TABLES.gap(Regime.S_SCH, Regime.H_REG) == 0


def test_every_code_that_an_answer_can_hold_has_both_texts() -> None:
    codes = {*Answer, *Label, *(f"consent-{s}" for s in CoverageState), "consent-unknown"}
    for code in codes:
        assert TABLES.texts[code].sv, code
        assert TABLES.texts[code].en, code


def test_the_hash_changes_with_every_byte() -> None:
    raw = read(files("services.sharing").joinpath("rules"))
    changed = {**raw, "needs.toml": raw["needs.toml"] + b"\n"}
    assert build(raw).sha256 == TABLES.sha256
    assert build(changed).sha256 != TABLES.sha256
    assert isinstance(TABLES, Tables)
