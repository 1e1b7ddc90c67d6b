"""X1-X10: what goes before every row, and adds conditions to every path."""

import pytest

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.facts import ConsentFact, Detail, ThirdPersons
from shared.contracts.consent import CoverageState, Missing, SignerStatus
from shared.law.codes import Answer, Attestation, Label, LeafCategory, Purpose, Regime, SaidBy
from tests.sharing.domain.questions import EVERYTHING, GIVEN, TABLES, ask, yes

SUPPORT = (Regime.S_EH, Regime.SOC, Purpose.SUPPORT, LeafCategory.PUPIL_HEALTH)
CHILD_SAID_NO = ConsentFact(state=CoverageState.REFUSED, missing=(Missing(role="child", number=1, status=SignerStatus.REFUSED),))
FATHER_SAID_NO = ConsentFact(state=CoverageState.REFUSED, missing=(Missing(role="guardian", number=1, status=SignerStatus.REFUSED),))


def conditions(answer: ItemAnswer) -> set[str]:
    return {f"{c.code}={c.state}" for path in answer.paths for c in path.conditions}


@pytest.mark.parametrize("restricted", [True, None])
def test_x1_protected_and_unknown_give_the_same_answer_to_the_letter(*, restricted: bool | None) -> None:
    answer = ask(*SUPPORT, restricted=restricted, attested=EVERYTHING, consent=GIVEN)
    assert (answer.answer, answer.reasons, answer.whom) == (Answer.ASK, ("special-handling",), ("appointed-person",))
    assert answer == ask(*SUPPORT, restricted=True, attested=EVERYTHING, consent=GIVEN)


def test_x1_a_duty_is_still_named_as_one() -> None:
    answer = ask(Regime.S_SCH, Regime.SOC, Purpose.CONCERN, LeafCategory.MATTER, restricted=True)
    assert (answer.answer, answer.label) == (Answer.ASK, Label.DUTY)


def test_x1_the_words_do_not_say_that_anybody_is_protected() -> None:
    text = TABLES.texts["special-handling"]
    assert not any(word in f"{text.sv} {text.en}".lower() for word in ("skydd", "protect", "adress", "address"))


def test_x1_a_supposed_protection_counts_without_a_named_child_too() -> None:
    assert ask(*SUPPORT, age=None, restricted=True).reasons == ("special-handling",)
    assert ask(*SUPPORT, age=None, restricted=None).reasons != ("special-handling",)


def test_x2_other_peoples_data_in_the_item_close_the_path_of_consent() -> None:
    answer = ask(*SUPPORT, consent=GIVEN, attested=EVERYTHING, third_persons=ThirdPersons.PRESENT)
    assert (answer.answer, answer.reasons[0]) == (Answer.NO, "A_THIRD")
    assert "third-persons-present=failed" in conditions(answer)


def test_x2_a_duty_carries_those_close_to_the_child_along() -> None:
    answer = ask(
        Regime.S_SCH,
        Regime.SOC,
        Purpose.CONCERN,
        LeafCategory.HOME_FAMILY,
        attested=yes("A_SUSPECT", "A_RELEVANT"),
        third_persons=ThirdPersons.PRESENT,
    )
    assert answer.answer is Answer.YES


def test_x2_a_known_fact_beats_the_tick() -> None:
    answer = ask(*SUPPORT, consent=GIVEN, attested=yes("A_RELEVANT"), third_persons=ThirdPersons.REMOVED)
    assert answer.answer is Answer.YES


def test_free_text_is_looked_through_for_other_people_on_every_ground_that_does_not_reach_them() -> None:
    exception = yes("A_TRIED", "A_OBVIOUS", "A_RELEVANT")
    facts = (Regime.S_EH, Regime.SOC, Purpose.SUPPORT, LeafCategory.CHILDS_VIEW)
    assert ask(*facts, attested=exception).answer is Answer.YES
    assert ask(*facts, attested=exception, detail=Detail.FREE_TEXT).answer is Answer.WAIT
    assert ask(*facts, attested=exception | yes("A_THIRD"), detail=Detail.FREE_TEXT).answer is Answer.YES
    assert ask(*facts, attested=exception, detail=Detail.FREE_TEXT, third_persons=ThirdPersons.NONE).answer is Answer.YES
    codes = [c.code for c in ask(*facts, detail=Detail.FREE_TEXT).paths[0].conditions]
    assert codes.count("A_THIRD") == 1


def test_x2_the_childs_own_record_does_not_open_a_relatives_data() -> None:
    facts = (Regime.H_REG, Regime.H_PRIV, Purpose.CARE, LeafCategory.RELATIVES_DATA)
    svod = yes("A_SVOD", "A_RELEVANT")
    assert ask(*facts, attested=svod).answer is Answer.YES
    assert ask(*facts, attested=svod, about_child=False).answer is Answer.WAIT


@pytest.mark.parametrize("purpose", [Purpose.SUPPORT, Purpose.INQUIRY, Purpose.SIP, Purpose.CRIME_INVESTIGATION])
def test_x3_family_counselling_tells_nobody(purpose: Purpose) -> None:
    answer = ask(Regime.SOC_FAM, Regime.SOC, purpose, LeafCategory.HOME_FAMILY, attested=EVERYTHING, consent=GIVEN)
    assert (answer.answer, answer.reasons, answer.law[0]) == (Answer.NO, ("family-counselling-secret",), "OSL 26:3")


def test_x3_family_counselling_reports_abuse_at_home_and_only_that() -> None:
    facts = (Regime.SOC_FAM, Regime.SOC, Purpose.CONCERN, LeafCategory.HOME_FAMILY)
    assert ask(*facts, attested=yes("A_192", "A_RELEVANT")).label is Label.DUTY
    assert ask(*facts, attested=yes("A_SUSPECT", "A_RELEVANT")).answer is Answer.ATTEST


def test_x4_what_is_secret_against_a_guardian_is_not_shown_to_that_guardian() -> None:
    facts = (Regime.S_EH, Regime.GUARD, Purpose.ACCESS, LeafCategory.PUPIL_HEALTH)
    answer = ask(*facts, attested=EVERYTHING, consent=GIVEN, secret_from_guardian=True)
    assert (answer.answer, answer.said_by, answer.reasons) == (Answer.NO, SaidBy.OVERRIDE, ("secret-from-guardian",))


def test_x4_nobody_is_told_beforehand_as_a_matter_of_course() -> None:
    assert "T_BEFORE" in ask(*SUPPORT).tell
    assert ask(*SUPPORT, secret_from_guardian=True).tell == ("T_SAFE", "T_CHILD")


@pytest.mark.parametrize("category", [LeafCategory.CONCERN_REPORT, LeafCategory.FEEDBACK, LeafCategory.PLAN])
def test_x5_a_report_does_not_go_into_a_school_file(category: LeafCategory) -> None:
    answer = ask(Regime.S_EH, Regime.S_SCH, Purpose.TRANSITION, category, attested=EVERYTHING, consent=GIVEN, from_concern=True)
    assert (answer.answer, answer.reasons) == (Answer.NO, ("report-stays",))


def test_x5_a_report_still_goes_to_social_services() -> None:
    answer = ask(Regime.S_EH, Regime.SOC, Purpose.CONCERN, LeafCategory.CONCERN_REPORT, attested=EVERYTHING, from_concern=True)
    assert answer.answer is Answer.YES


def test_who_reported_is_shown_to_the_family_only_where_nobody_is_endangered() -> None:
    facts = (Regime.SOC, Regime.GUARD, Purpose.ACCESS, LeafCategory.MATTER)
    ticks = {code: True for code in EVERYTHING if code is not Attestation.REPORTER_SAFE}
    assert ask(*facts, attested=ticks, consent=GIVEN).answer is Answer.YES
    hidden = ask(*facts, attested=ticks, consent=GIVEN, reveals_reporter=True)
    assert (hidden.answer, hidden.to_attest) == (Answer.ATTEST, ("A_REPORTER",))


def test_x6_an_adult_is_not_reported_as_a_child_and_has_no_guardian() -> None:
    report = ask(Regime.S_SCH, Regime.SOC, Purpose.CONCERN, LeafCategory.MATTER, age=18, attested=EVERYTHING)
    assert (report.answer, report.reasons) == (Answer.NO, ("adult-decides-alone",))
    insight = ask(Regime.S_SCH, Regime.GUARD, Purpose.ACCESS, LeafCategory.PLAN, age=18, attested=EVERYTHING, consent=GIVEN)
    assert insight.reasons == ("adult-decides-alone",)
    assert ask(Regime.S_SCH, Regime.SOC, Purpose.CONCERN, LeafCategory.MATTER, age=17, attested=EVERYTHING).answer is Answer.YES


@pytest.mark.parametrize(("age", "opens"), [(17, True), (18, False)])
def test_x6_necessary_support_without_consent_ends_at_18(age: int, *, opens: bool) -> None:
    attested = yes("A_NEED_CARE", "A_TRIED", "A_RELEVANT")
    answer = ask(Regime.H_REG, Regime.SOC, Purpose.SUPPORT, LeafCategory.HEALTH_CARE, age=age, attested=attested)
    assert (answer.answer is Answer.YES) is opens


@pytest.mark.parametrize(("age", "opens"), [(20, True), (21, False)])
def test_x6_risk_of_crime_is_told_until_21(age: int, *, opens: bool) -> None:
    answer = ask(
        Regime.SOC, Regime.POL, Purpose.CRIME_PREVENTION, LeafCategory.SOCIAL_SUPPORT, age=age, attested=yes("A_18A", "A_RELEVANT")
    )
    assert (answer.answer is Answer.YES) is opens


def test_a_committed_crime_is_no_risk_of_crime() -> None:
    attested = yes("A_18A", "A_RELEVANT")
    facts = (Regime.SOC, Regime.POL, Purpose.CRIME_PREVENTION, LeafCategory.SOCIAL_SUPPORT)
    answer = ask(*facts, attested=attested, committed_crime=True)
    assert answer.answer is not Answer.YES
    assert "crime-already-committed=failed" in conditions(answer)


def test_x7_a_childs_no_stops_a_row_of_consent_until_a_human_has_decided() -> None:
    facts = (Regime.H_REG, Regime.S_SCH, Purpose.SUPPORT, LeafCategory.HEALTH_CARE)
    answer = ask(*facts, consent=CHILD_SAID_NO, attested=EVERYTHING)
    assert (answer.answer, answer.reasons, answer.whom) == (Answer.ASK, ("child-refused",), ("head-of-unit",))
    assert ask(*facts, age=11, consent=CHILD_SAID_NO).reasons == ("consent-refused",)


def test_a_guardians_no_on_a_row_of_consent_is_a_no_and_offers_no_way_round() -> None:
    facts = (Regime.H_REG, Regime.S_SCH, Purpose.SUPPORT, LeafCategory.HEALTH_CARE)
    answer = ask(*facts, age=11, consent=FATHER_SAID_NO)
    assert (answer.answer, answer.reasons, answer.to_attest) == (Answer.NO, ("consent-refused",), ())
    assert ask(*facts, age=11, consent=FATHER_SAID_NO, attested=yes("A_CLEAR_NO_HARM", "A_RELEVANT")).basis == ("OSL 25:1",)


def test_x8_a_private_receiver_never_gets_by_the_general_clause() -> None:
    answer = ask(Regime.S_EH, Regime.F_SCH, Purpose.TRANSITION, LeafCategory.PUPIL_HEALTH, attested=EVERYTHING)
    assert answer.answer is Answer.WAIT
    assert "only-to-authority=failed" in conditions(answer)


def test_x8_what_eases_the_transition_goes_to_a_private_school_after_the_harm_test() -> None:
    attested = yes("A_MEN_TESTED", "A_RELEVANT")
    answer = ask(Regime.S_SCH, Regime.F_SCH, Purpose.TRANSITION, LeafCategory.RESULTS_ADAPTATIONS, attested=attested)
    assert (answer.answer, answer.label) == (Answer.YES, Label.DUTY)


def test_x9_a_private_discloser_has_no_general_clause() -> None:
    answer = ask(Regime.F_EH, Regime.S_EH, Purpose.TRANSITION, LeafCategory.PUPIL_HEALTH, attested=EVERYTHING)
    assert answer.answer is Answer.WAIT
    assert "only-from-authority=failed" in conditions(answer)


def test_x10_another_purpose_is_a_new_decision() -> None:
    facts = {"attested": yes("A_RELEVANT", "A_THIRD"), "consent": GIVEN}
    assert ask(*SUPPORT, **facts, received_for=Purpose.SUPPORT).answer is Answer.YES
    answer = ask(*SUPPORT, **facts, received_for=Purpose.CARE)
    assert (answer.answer, answer.to_attest) == (Answer.ATTEST, ("A_PURPOSE",))


def test_in_care_no_rule_says_whose_consent_is_needed() -> None:
    answer = ask(*SUPPORT, consent=GIVEN, attested=yes("A_RELEVANT", "A_THIRD"), care_order=True)
    assert (answer.answer, answer.reasons, answer.whom) == (Answer.ASK, ("care-order",), ("lawyer",))


def test_in_care_a_duty_is_still_done() -> None:
    answer = ask(Regime.S_SCH, Regime.SOC, Purpose.INQUIRY, LeafCategory.PLAN, attested=yes("A_INQUIRY", "A_RELEVANT"), care_order=True)
    assert answer.answer is Answer.YES
