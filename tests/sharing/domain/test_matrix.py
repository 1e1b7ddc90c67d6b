"""The corrections and notes of the matrix (DESIGN 9): each is part of its row."""

from datetime import date

import msgspec
import pytest

from services.sharing.domain.alternatives import advise_item
from services.sharing.domain.answers import Instead
from services.sharing.domain.engine import decide_bundle
from shared.law.codes import Answer, Label, LeafCategory, Profession, Purpose, Regime
from tests.sharing.domain.questions import DAY, EVERYTHING, GIVEN, TABLES, ask, no, party, question, yes


def test_all_fifty_rows_and_those_that_practice_asks_for_are_there() -> None:
    assert {row.id for row in TABLES.rows} == {f"M{number:02}" for number in range(1, 56)}


@pytest.mark.parametrize(
    ("discloser", "recipient", "category", "row"),
    [
        (Regime.S_EH, Regime.H_PRIV, LeafCategory.PUPIL_HEALTH, "M52"),
        (Regime.S_SCH, Regime.H_PRIV, LeafCategory.ATTENDANCE, "M53"),
        (Regime.S_SCH, Regime.S_EH, LeafCategory.RESULTS_ADAPTATIONS, "M54"),
        (Regime.S_FSK, Regime.S_SCH, LeafCategory.PLAN, "M55"),
        (Regime.H_REG, Regime.H_PRIV, LeafCategory.FEEDBACK, "M15"),
    ],
)
def test_what_is_asked_every_day_has_a_row(discloser: Regime, recipient: Regime, category: LeafCategory, row: str) -> None:
    assert ask(discloser, recipient, Purpose.SUPPORT, category).row == row


def test_a_school_tells_its_private_partner_only_under_a_reservation() -> None:
    attested = yes("A_TRIED", "A_OBVIOUS", "A_RELEVANT")
    answer = ask(Regime.S_EH, Regime.H_PRIV, Purpose.SUPPORT, LeafCategory.PUPIL_HEALTH, attested=attested)
    assert (answer.answer, answer.to_attest) == (Answer.WAIT, ("A_THIRD", "A_RESERV"))


@pytest.mark.parametrize(("along", "row"), [(None, None), (LeafCategory.HEALTH_CARE, "M12"), (LeafCategory.RELATIVES_DATA, "M12")])
def test_identity_follows_the_row_of_what_it_goes_along_with(along: LeafCategory | None, row: str | None) -> None:
    assert ask(Regime.H_REG, Regime.SOC, Purpose.SUPPORT, LeafCategory.IDENTITY, along_with=along).row == row


def test_only_identity_and_contact_go_along() -> None:
    answer = ask(Regime.H_REG, Regime.POL, Purpose.CRIME_PREVENTION, LeafCategory.ATTENDANCE, along_with=LeafCategory.CRIME_RISK)
    assert answer.row is None


def test_where_the_authority_is_not_known_it_is_asked_for() -> None:
    unknown = msgspec.structs.replace(party(Regime.S_SCH), organisation=None)
    answer = ask(party(Regime.S_EH), unknown, Purpose.SUPPORT, LeafCategory.PUPIL_HEALTH, attested=yes("A_RELEVANT"))
    assert answer.answer is Answer.ATTEST
    assert "fact-organisation" in answer.open_facts


@pytest.mark.parametrize("profession", ["special-educator", "special-needs-teacher"])
def test_a_special_educator_in_pupil_health_has_to_answer_in_a_custody_case(profession: str) -> None:
    answer = ask(
        Regime.S_EH,
        Regime.SOC,
        Purpose.CUSTODY,
        LeafCategory.PUPIL_HEALTH,
        profession=Profession(profession),
        attested=yes("A_REQ_FB", "A_RELEVANT"),
    )
    assert (answer.answer, answer.label, answer.row) == (Answer.YES, Label.DUTY, "M28")


@pytest.mark.parametrize("profession", ["psychologist", "counsellor", "nurse", "doctor"])
def test_the_exempt_professions_are_exempt_wherever_they_work(profession: str) -> None:
    answer = ask(Regime.S_SCH, Regime.SOC, Purpose.CUSTODY, LeafCategory.PLAN, profession=Profession(profession), attested=EVERYTHING)
    assert (answer.answer, answer.row) == (Answer.WAIT, "M29")


def test_an_unknown_profession_goes_by_the_unit_and_is_asked_for() -> None:
    answer = ask(Regime.S_EH, Regime.SOC, Purpose.CUSTODY, LeafCategory.PUPIL_HEALTH)
    assert answer.row == "M29"
    assert "fact-profession" in answer.open_facts


@pytest.mark.parametrize("recipient", [Regime.F_SCH, Regime.LEIS_ASSOC, Regime.SOC, Regime.POL])
def test_what_nobody_can_recognise_is_free_towards_anyone(recipient: Regime) -> None:
    answer = ask(Regime.H_REG, recipient, Purpose.CONSULTATION, LeafCategory.DEIDENTIFIED_QUESTION, attested=yes("A_NOT_TRACEABLE"))
    assert (answer.answer, answer.label, answer.row) == (Answer.YES, Label.FREE, "M46")


def test_the_terror_ground_opens_only_with_its_own_facts() -> None:
    facts = (Regime.H_REG, Regime.POL, Purpose.CRIME_PREVENTION, LeafCategory.HEALTH_CARE)
    assert ask(*facts, attested=yes("A_LEGAL", "A_RELEVANT")).answer is Answer.ATTEST
    answer = ask(*facts, attested=yes("A_LEGAL", "A_18B", "A_RELEVANT"))
    assert (answer.answer, answer.basis) == (Answer.YES, ("OSL 10:18 b",))


@pytest.mark.parametrize(("recipient", "wanted"), [(Regime.POL, Answer.YES), (Regime.LE, Answer.ATTEST)])
def test_of_own_accord_a_school_tells_the_police_alone(recipient: Regime, wanted: Answer) -> None:
    answer = ask(Regime.S_SCH, recipient, Purpose.CRIME_PREVENTION, LeafCategory.CRIME_RISK, attested=yes("A_W_OVERV", "A_RELEVANT"))
    assert answer.answer is wanted


def test_a_preschool_does_not_report_by_the_law_on_crime_in_school() -> None:
    answer = ask(Regime.S_FSK, Regime.POL, Purpose.CRIME_INVESTIGATION, LeafCategory.CRIME_RISK)
    assert all("skollagen 6 a:10" not in path.basis for path in answer.paths)


@pytest.mark.parametrize(("recipient", "demanded"), [(Regime.LEIS_MUN, False), (Regime.LEIS_ASSOC, True), (Regime.F_SCH, True)])
def test_a_reservation_is_demanded_of_private_receivers_only(recipient: Regime, *, demanded: bool) -> None:
    answer = ask(Regime.H_REG, recipient, Purpose.SUPPORT, LeafCategory.HEALTH_CARE)
    assert ("A_RESERV" in answer.to_attest) is demanded


def test_before_an_inquiry_the_rows_for_support_are_pointed_to() -> None:
    facts = question(Regime.H_REG, Regime.SOC, Purpose.INQUIRY, LeafCategory.HEALTH_CARE, attested=yes("A_RELEVANT") | no("A_INQUIRY"))
    answer = advise_item(TABLES, facts)
    assert (answer.answer, answer.reasons) == (Answer.NO, ("A_INQUIRY",))
    purpose = next(one for one in answer.alternatives if one.kind is Instead.PURPOSE)
    assert (purpose.purpose, purpose.row) == (Purpose.SUPPORT, "M12")


def test_feedback_is_a_duty_once_the_notifier_has_asked() -> None:
    asked = ask(Regime.SOC, Regime.NOTIF, Purpose.FEEDBACK, LeafCategory.FEEDBACK, attested=yes("A_SUITABLE", "A_REQUESTED"))
    unasked = ask(Regime.SOC, Regime.NOTIF, Purpose.FEEDBACK, LeafCategory.FEEDBACK, attested=yes("A_SUITABLE"))
    assert (asked.label, asked.answer) == (Label.DUTY, Answer.YES)
    assert (unasked.label, unasked.answer) == (Label.MAY, Answer.YES)


@pytest.mark.parametrize(("organisation", "wanted"), [("o-one", Answer.YES), ("o-two", Answer.WAIT)])
def test_pupil_health_tells_the_teacher_only_inside_one_board(organisation: str, wanted: Answer) -> None:
    answer = ask(
        party(Regime.S_EH, "o-one"),
        party(Regime.S_SCH, organisation),
        Purpose.SUPPORT,
        LeafCategory.PUPIL_HEALTH,
        attested=yes("A_RELEVANT"),
    )
    assert answer.answer is wanted
    assert answer.label is (Label.FREE if wanted is Answer.YES else Label.CONSENT)


@pytest.mark.parametrize(("principal", "opens"), [("Region Ett", True), ("Region Två", False), (None, False)])
def test_health_authorities_of_one_region_are_close(principal: str | None, *, opens: bool) -> None:
    answer = ask(
        party(Regime.H_REG, "o-one", "Region Ett"),
        party(Regime.H_REG, "o-two", principal),
        Purpose.CARE,
        LeafCategory.HEALTH_CARE,
        attested=yes("A_RELEVANT"),
    )
    assert (answer.answer is Answer.YES) is opens


def test_police_tell_social_services_of_a_suspect_under_18_only_with_the_suspicion() -> None:
    facts = (Regime.POL, Regime.SOC, Purpose.CRIME_INVESTIGATION, LeafCategory.CRIME_RISK)
    assert ask(*facts, attested=yes("A_RELEVANT")).answer is Answer.ATTEST
    answer = ask(*facts, attested=yes("A_RELEVANT", "A_LUL6"))
    assert (answer.answer, answer.label, answer.basis) == (Answer.YES, Label.DUTY, ("LUL 6",))


def test_a_lawyers_decision_opens_what_only_a_lawyer_may() -> None:
    facts = (Regime.SOC, Regime.S_SCH, Purpose.CRIME_PREVENTION, LeafCategory.CRIME_RISK)
    before = ask(*facts, attested=yes("A_15A", "A_GAP", "A_RELEVANT"))
    assert (before.answer, before.whom) == (Answer.ASK, ("lawyer",))
    after = ask(*facts, attested=yes("A_15A", "A_GAP", "A_RELEVANT", "A_LEGAL"))
    assert (after.answer, after.reasons) == (Answer.YES, ("label-escalate",))
    assert ask(*facts, attested=yes("A_GAP", "A_RELEVANT", "A_THIRD"), consent=GIVEN).answer is Answer.ASK


def test_an_emergency_is_never_a_yes_by_rule() -> None:
    assert ask(Regime.H_REG, Regime.POL, Purpose.EMERGENCY, LeafCategory.HEALTH_CARE, attested=EVERYTHING).answer is Answer.ASK


def test_a_shared_record_is_denied_with_its_note() -> None:
    answer = ask(Regime.H_REG, Regime.S_SCH, Purpose.TECHNICAL, LeafCategory.HEALTH_CARE, attested=EVERYTHING, consent=GIVEN)
    assert (answer.answer, answer.label, answer.open_facts) == (Answer.NO, Label.DENY, ())
    assert TABLES.by_id["M49"].note_sv


def test_rules_are_asked_as_of_a_day() -> None:
    early = ask(Regime.S_SCH, Regime.SOC, Purpose.CONCERN, LeafCategory.MATTER, on=date(2026, 4, 26))
    assert (early.answer, early.reasons, early.whom) == (Answer.ASK, ("no-row",), ("lawyer", "head-of-unit"))
    assert ask(Regime.S_SCH, Regime.SOC, Purpose.CONCERN, LeafCategory.MATTER, on=DAY).row == "M01"


def test_a_bundle_answers_each_item_in_order() -> None:
    told = question(Regime.S_SCH, Regime.H_REG, Purpose.SUPPORT, LeafCategory.ATTENDANCE, attested=yes("A_MEN_TESTED", "A_RELEVANT"))
    kept = question(Regime.S_SCH, Regime.H_REG, Purpose.SUPPORT, LeafCategory.CONCERN_REPORT)
    assert [one.answer for one in decide_bundle(TABLES, [kept, told, kept])] == [Answer.NO, Answer.YES, Answer.NO]


def test_a_gap_that_is_none_needs_no_acceptance() -> None:
    answer = ask(Regime.H_REG, Regime.SOC, Purpose.SIP, LeafCategory.HEALTH_CARE, consent=GIVEN, attested=yes("A_RELEVANT", "A_THIRD"))
    assert (answer.answer, answer.gap) == (Answer.YES, 0)
    assert "T_GAP" not in answer.tell


def test_only_what_can_still_change_the_answer_is_asked_for() -> None:
    facts = (Regime.S_EH, Regime.SOC, Purpose.SUPPORT, LeafCategory.PUPIL_HEALTH)
    nothing = ask(*facts)
    assert set(nothing.open_facts) == {"fact-consent", "A_RELEVANT", "A_THIRD", "A_TRIED", "A_OBVIOUS"}
    no_exception = ask(*facts, attested=yes("A_RELEVANT") | no("A_OBVIOUS"))
    assert set(no_exception.open_facts) == {"fact-consent", "A_THIRD"}
    assert ask(*facts, attested=yes("A_TRIED", "A_OBVIOUS", "A_RELEVANT")).open_facts == ()
