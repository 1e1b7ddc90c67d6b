"""Necessary, relevant, proportionate: what a human judges, and what the engine refuses whatever is judged."""

import msgspec
import pytest

from services.sharing.domain import golden_rule
from services.sharing.domain.alternatives import advise_item
from services.sharing.domain.answers import Instead
from services.sharing.domain.facts import Detail, Judgements
from shared.law.codes import Answer, LeafCategory, Purpose, Regime, SaidBy
from tests.sharing.domain.questions import EVERYTHING, FIT, GIVEN, TABLES, ask, question

SUPPORT = (Regime.S_EH, Regime.SOC, Purpose.SUPPORT, LeafCategory.PUPIL_HEALTH)
FOUR = Judgements(necessary=True, relevant=True, reaches=True, gentlest=True, least=True, outweighs=True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"detail": Detail.FREE_TEXT}, "more-detail-than-needed"),
        ({"detail": Detail.FREE_TEXT, "coded_exists": True}, "coded-item-exists"),
        ({"period_months": 13}, "longer-than-needed"),
        ({"item_months": 37}, "item-too-old"),
        ({"recipient_role": "leisure-worker"}, "role-without-need"),
    ],
)
def test_the_engine_refuses_what_no_judgement_may_pass(changes: dict[str, object], reason: str) -> None:
    answer = ask(*SUPPORT, attested=EVERYTHING, consent=GIVEN, **changes)
    assert (answer.answer, answer.reasons, answer.said_by) == (Answer.NO, (reason,), SaidBy.GOLDEN_RULE)


@pytest.mark.parametrize(
    "changes", [{"detail": Detail.CODED}, {"period_months": 12}, {"item_months": 36}, {"recipient_role": "counsellor"}]
)
def test_up_to_the_limit_it_goes(changes: dict[str, object]) -> None:
    assert ask(*SUPPORT, attested=EVERYTHING, consent=GIVEN, **changes).answer is Answer.YES


def test_a_category_that_the_purpose_does_not_need_is_refused() -> None:
    answer = ask(Regime.S_EH, Regime.SOC, Purpose.SUPPORT, LeafCategory.CONCERN_REPORT, attested=EVERYTHING, consent=GIVEN)
    assert answer.reasons == ("not-needed-for-purpose",)


def test_a_report_of_concern_has_no_limits_of_detail_or_age() -> None:
    answer = ask(
        Regime.S_EH, Regime.SOC, Purpose.CONCERN, LeafCategory.HOME_FAMILY, attested=EVERYTHING, detail=Detail.FREE_TEXT, item_months=120
    )
    assert answer.answer is Answer.YES


@pytest.mark.parametrize("name", ["necessary", "relevant", "proportionate", "reaches", "gentlest", "least", "outweighs"])
def test_one_no_denies_and_names_itself(name: str) -> None:
    judged = Judgements(**{"necessary": True, "relevant": True, "proportionate": True, name: False})
    answer = ask(*SUPPORT, attested=EVERYTHING, consent=GIVEN, judgements=judged)
    assert (answer.answer, answer.reasons) == (Answer.NO, (f"not-{name}",))


def test_the_four_questions_answer_proportion_together() -> None:
    assert ask(*SUPPORT, attested=EVERYTHING, consent=GIVEN, judgements=FOUR).answer is Answer.YES
    three = Judgements(necessary=True, relevant=True, reaches=True, gentlest=True, least=True)
    assert ask(*SUPPORT, attested=EVERYTHING, consent=GIVEN, judgements=three).to_attest == ("judge-proportionate",)


def test_the_proposal_never_judges_proportion_and_is_no_answer_by_itself() -> None:
    proposal = golden_rule.prefill(TABLES, question(*SUPPORT, period_months=6))
    assert proposal == Judgements(necessary=True, relevant=True, reaches=True, least=True)
    assert ask(*SUPPORT, attested=EVERYTHING, consent=GIVEN, judgements=Judgements()).answer is Answer.ATTEST


def test_who_reads_an_answer_gets_the_proposal_with_it() -> None:
    waiting = advise_item(TABLES, question(*SUPPORT, period_months=6, judgements=Judgements()))
    assert waiting.proposed == Judgements(necessary=True, relevant=True, reaches=True, least=True)
    assert advise_item(TABLES, question(*SUPPORT, restricted=True)).proposed is None


def test_nothing_is_proposed_for_what_a_human_must_judge_each_time() -> None:
    facts = question(Regime.S_EH, Regime.SOC, Purpose.SUPPORT, LeafCategory.SUBSTANCES)
    assert golden_rule.prefill(TABLES, facts) == Judgements()


def test_a_model_whose_consent_is_shorter_is_the_limit() -> None:
    short = next(model for model in TABLES.models.values() if 0 < model.consent_months < 12)
    facts = question(*SUPPORT, model=short.id, period_months=short.consent_months + 1)
    assert golden_rule.limit(TABLES, facts) == "longer-than-needed"
    assert golden_rule.limit(TABLES, msgspec.structs.replace(facts, period_months=short.consent_months)) is None
    assert golden_rule.limit(TABLES, msgspec.structs.replace(facts, model=None)) is None


def test_less_detail_is_proposed_where_more_was_refused() -> None:
    facts = question(Regime.S_SCH, Regime.SOC, Purpose.SUPPORT, LeafCategory.ATTENDANCE, detail=Detail.FREE_TEXT, attested=EVERYTHING)
    answer = advise_item(TABLES, facts)
    assert answer.reasons == ("more-detail-than-needed",)
    assert (answer.alternatives[0].kind, answer.alternatives[0].detail) == (Instead.DETAIL, Detail.SUMMARY)


def test_a_shorter_time_is_proposed_where_a_longer_was_refused() -> None:
    facts = question(Regime.S_SCH, Regime.SOC, Purpose.SUPPORT, LeafCategory.ATTENDANCE, period_months=24, attested=EVERYTHING)
    period = next(one for one in advise_item(TABLES, facts).alternatives if one.kind is Instead.PERIOD)
    assert period.months == 12


def test_what_needs_no_consent_and_the_question_about_nobody_are_proposed_instead() -> None:
    facts = question(Regime.S_SCH, Regime.H_REG, Purpose.SUPPORT, LeafCategory.RESULTS_ADAPTATIONS, model="hlt-team", judgements=FIT)
    answer = advise_item(TABLES, facts)
    proposed = {(one.kind, one.category) for one in answer.alternatives}
    assert answer.answer is Answer.WAIT
    assert {(Instead.CATEGORY, LeafCategory.ATTENDANCE), (Instead.DEIDENTIFIED, LeafCategory.DEIDENTIFIED_QUESTION)} <= proposed
    assert all(one.answer in {Answer.YES, Answer.ATTEST} for one in answer.alternatives)


def test_a_proposal_forgets_what_was_judged_of_the_first_item() -> None:
    facts = question(Regime.S_SCH, Regime.H_REG, Purpose.SUPPORT, LeafCategory.RESULTS_ADAPTATIONS, attested=EVERYTHING)
    refused = advise_item(TABLES, question(Regime.S_SCH, Regime.H_REG, Purpose.SUPPORT, LeafCategory.CONCERN_REPORT, attested=EVERYTHING))
    assert all(one.answer is Answer.ATTEST for one in refused.alternatives)
    assert advise_item(TABLES, facts).alternatives == ()


@pytest.mark.parametrize("changes", [{"restricted": True}, {"stopped": True}])
def test_nothing_identified_is_proposed_where_a_human_handles_it_or_a_switch_stops_it(changes: dict[str, object]) -> None:
    facts = question(Regime.S_SCH, Regime.H_REG, Purpose.SUPPORT, LeafCategory.ATTENDANCE, **changes)
    assert {one.kind for one in advise_item(TABLES, facts).alternatives} <= {Instead.DEIDENTIFIED}
