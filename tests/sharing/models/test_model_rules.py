"""The models' own rules, each as a table of questions and answers."""

from datetime import date

import msgspec
import pytest

from services.sharing.domain.model_rules import apply_overlay, may_agree, may_convene, may_meet, may_open, may_read, search
from services.sharing.domain.models import Identification, Level, Model, TurnedOn, allows, off_until_lawyer
from services.sharing.domain.tables import load
from shared.contracts.consent import CoverageState
from shared.law.codes import LeafCategory, Purpose, Regime

TABLES = load()
MODELS = TABLES.models
HLT = MODELS["hlt-team"]
GIVEN, PENDING = CoverageState.GIVEN, CoverageState.PENDING


def asks(model: Model = HLT, /, **changes: object) -> str | None:
    """Pupil health tells the clinic about a 13-year-old under the model, with what a case changes."""
    question: dict[str, object] = {
        "discloser": Regime.S_EH,
        "recipient": Regime.H_REG,
        "purpose": Purpose.SUPPORT,
        "category": LeafCategory.PUPIL_HEALTH,
        "age": 13,
    }
    return allows(model, **{**question, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"age": None}, None),
        ({"age": 0}, None),
        ({"age": 19}, None),
        ({"age": 20}, "age-not-in-template"),
        ({"recipient": Regime.POL}, "party-not-in-template"),
        ({"discloser": Regime.LEIS_MUN}, "party-not-in-template"),
        ({"purpose": Purpose.CARE}, "purpose-not-in-template"),
        ({"category": LeafCategory.SUBSTANCES}, "category-not-allowed"),
        ({"category": LeafCategory.HEALTH_CARE}, "category-not-allowed"),
        ({"discloser": Regime.H_REG, "recipient": Regime.S_EH, "category": LeafCategory.HEALTH_CARE}, None),
        ({"recipient": Regime.H_PRIV}, None),
    ],
)
def test_what_a_model_lets_be_asked(changes: dict[str, object], reason: str | None) -> None:
    assert asks(**changes) == reason


def test_the_first_no_is_the_widest() -> None:
    """Off before everything else, then who may be known at all, then party, purpose, age and kind of information."""
    wrong = {"recipient": Regime.POL, "purpose": Purpose.CARE, "age": 40, "category": LeafCategory.SUBSTANCES}

    assert asks(msgspec.structs.replace(HLT, enabled=False), **wrong) == "model-off"
    assert asks(msgspec.structs.replace(HLT, identification=Identification.NONE), **wrong) == "no-individuals"
    assert asks(msgspec.structs.replace(HLT, identification=Identification.DEIDENTIFIED), **wrong) == "de-identified-only"
    assert asks(**wrong) == "party-not-in-template"
    assert asks(**(wrong | {"recipient": Regime.H_REG})) == "purpose-not-in-template"
    assert asks(**(wrong | {"recipient": Regime.H_REG, "purpose": Purpose.SUPPORT})) == "age-not-in-template"


@pytest.mark.parametrize("purpose", [Purpose.CONCERN, Purpose.INQUIRY, Purpose.EMERGENCY])
@pytest.mark.parametrize("model", ["hlt-team", "barnahus", "strategisk-samverkan", "avidentifierad-konsultation", "sspf-individ"])
def test_no_model_stands_in_the_way_of_a_duty(model: str, purpose: Purpose) -> None:
    assert asks(MODELS[model], purpose=purpose, recipient=Regime.SOC, category=LeafCategory.SUBSTANCES, age=40) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"age": 17}, None),
        ({"age": 18}, "age-not-in-template"),
        ({"category": LeafCategory.CHILDS_VIEW}, None),
        ({"recipient": Regime.H_REG}, "category-not-allowed"),
        ({"discloser": Regime.F_SCH}, None),
        ({"discloser": Regime.H_PRIV}, None),
        ({"discloser": Regime.LEIS_MUN}, None),
    ],
)
def test_the_model_of_the_duty_says_what_the_duty_covers(changes: dict[str, object], reason: str | None) -> None:
    report: dict[str, object] = {"purpose": Purpose.CONCERN, "recipient": Regime.SOC, "category": LeafCategory.CONCERN_REPORT}
    assert asks(MODELS["orosanmalan-aterkoppling"], **(report | changes)) == reason


def test_a_flow_for_one_purpose_is_closed_for_the_others() -> None:
    girfec = MODELS["girfec-barnets-plan"]
    police = {"discloser": Regime.POL, "recipient": Regime.SOC, "category": LeafCategory.CRIME_RISK}

    assert asks(girfec, purpose=Purpose.CRIME_PREVENTION, **police) is None
    assert asks(girfec, purpose=Purpose.SUPPORT, **police) == "category-not-allowed"


def test_off_until_a_lawyer_has_turned_it_on() -> None:
    clinic = MODELS["integrerad-ungdomsmottagning"]
    question = {"discloser": Regime.SOC, "purpose": Purpose.CARE, "category": LeafCategory.SUBSTANCES, "age": 17}
    decided = TurnedOn(on=date(2026, 11, 24), by="lawyer", decision="2026:17")
    on = msgspec.structs.replace(clinic, off=tuple(msgspec.structs.replace(off, turned_on=decided) for off in clinic.off))

    assert asks(clinic, **question) == "category-off"
    assert asks(on, **question) is None
    assert off_until_lawyer(clinic, Regime.H_REG, LeafCategory.PLAN) is None


def test_off_towards_one_party_is_open_to_the_others() -> None:
    girfec = MODELS["girfec-barnets-plan"]
    question = {"discloser": Regime.SOC, "purpose": Purpose.CRIME_PREVENTION, "category": LeafCategory.RISK_PROTECTION}

    assert asks(girfec, recipient=Regime.POL, **question) == "category-off"
    assert asks(girfec, recipient=Regime.S_EH, **question) is None


@pytest.mark.parametrize(
    ("model", "identified", "consents", "reason"),
    [
        ("hlt-team", True, (), "meeting-waits-for-consent"),
        ("hlt-team", True, (PENDING,), "meeting-waits-for-consent"),
        ("hlt-team", True, (GIVEN, PENDING), "meeting-waits-for-consent"),
        ("hlt-team", True, (GIVEN, CoverageState.WITHDRAWN), "meeting-waits-for-consent"),
        ("hlt-team", True, (GIVEN, CoverageState.ASK_HUMAN), "meeting-waits-for-consent"),
        ("hlt-team", True, (GIVEN, GIVEN), None),
        ("hlt-team", False, (), None),
        ("sip", True, (), "case-waits-for-consent"),
        ("sip", True, (GIVEN,), None),
        ("forstarkt-forsta-linje", True, (), None),
        ("orosanmalan-aterkoppling", True, (CoverageState.REFUSED,), None),
        ("avidentifierad-konsultation", True, (GIVEN,), "de-identified-only"),
        ("avidentifierad-konsultation", False, (), None),
        ("strategisk-samverkan", True, (GIVEN,), "no-individuals"),
        ("gemensam-uppfoljning", True, (GIVEN,), "no-individuals"),
        ("barnahus", True, (GIVEN,), "model-off"),
        ("barnahus", False, (), "model-off"),
    ],
)
def test_consent_comes_before_the_meeting(model: str, identified: bool, consents: tuple[CoverageState, ...], reason: str | None) -> None:
    assert may_meet(MODELS[model], identified=identified, consents=consents) == reason


@pytest.mark.parametrize(
    ("model", "regimes", "code", "about", "instead"),
    [
        ("sip", (Regime.S_SCH, Regime.H_REG), None, None, None),
        ("sip", (Regime.SOC, Regime.H_PRIV), None, None, None),
        ("sip", (Regime.S_SCH, Regime.SOC), "mandatory-party-missing", "region-operation", "gip"),
        ("sip", (Regime.H_REG,), "mandatory-party-missing", "municipal-operation", "gip"),
        ("gip", (Regime.S_SCH, Regime.SOC), None, None, None),
        ("gip", (Regime.S_SCH, Regime.H_REG), "party-not-in-template", Regime.H_REG, "sip"),
        ("hlt-team", (Regime.S_SCH, Regime.H_REG), None, None, None),
        ("orosanmalan-aterkoppling", (Regime.S_SCH,), "mandatory-party-missing", "social-services", None),
        ("strategisk-samverkan", (Regime.SOC,), "no-individuals", None, None),
        ("barnahus", (Regime.SOC,), "model-off", None, None),
    ],
)
def test_who_opens_a_case_together(
    model: str, regimes: tuple[Regime, ...], code: str | None, about: str | None, instead: str | None
) -> None:
    refusal = may_open(MODELS[model], regimes)

    assert (refusal.code if refusal else None) == code
    if refusal is not None:
        assert (refusal.about, refusal.instead) == (about, instead)


def test_an_agreement_needs_every_mandatory_party() -> None:
    three = (Regime.S_SCH, Regime.H_REG, Regime.SOC)

    assert may_agree(HLT, three) is None
    for absent in three:
        refusal = may_agree(HLT, [regime for regime in three if regime is not absent])
        assert refusal is not None
        assert refusal.code == "mandatory-party-missing"


def test_only_the_named_role_convenes() -> None:
    barnteam = MODELS["barnteam"]

    assert may_convene(barnteam, "child-contact") is None
    assert may_convene(barnteam, "principal") == "role-not-allowed"
    assert may_convene(HLT, "nurse") is None
    assert may_convene(HLT, "teacher") == "role-not-allowed"


def test_a_role_reads_what_it_is_there_for() -> None:
    sspf = MODELS["sspf-individ"]

    assert may_read(sspf, "leisure-worker", LeafCategory.PLAN) is None
    assert may_read(sspf, "leisure-worker", LeafCategory.SOCIAL_SUPPORT) == "category-not-allowed"
    assert may_read(sspf, "social-worker", LeafCategory.SOCIAL_SUPPORT) is None
    assert may_read(sspf, "social-worker", LeafCategory.RELATIVES_DATA) == "category-not-allowed"
    assert may_read(sspf, "teacher", LeafCategory.PLAN) == "role-not-allowed"


def test_search_finds_a_model_by_every_name_it_goes_by() -> None:
    for name in ("HLT", "htl", "Samla", "SIMBA", "hlt-team", "case team"):
        assert "hlt-team" in [model.id for model in search(MODELS.values(), name)], name
    assert search(MODELS.values(), "no such model") == []
    assert [model.id for model in search(MODELS.values())] == sorted(MODELS)
    assert all(Level.UNIVERSAL in model.levels for model in search(MODELS.values(), level=Level.UNIVERSAL))


def test_private_actors_take_part_where_public_ones_do_and_nowhere_else() -> None:
    before = MODELS["barn-som-anhorig"]
    after = apply_overlay(before, TABLES.catalogue.overlays["privata-aktorer"])
    care = {"discloser": Regime.H_PRIV, "category": LeafCategory.MATTER, "recipient": Regime.S_EH}

    assert asks(before, **care) == "party-not-in-template"
    assert asks(after, **care) is None
    assert asks(after, **(care | {"category": LeafCategory.HEALTH_CARE})) == "category-not-allowed"
    assert Regime.SOC_PRIV not in after.parties
    assert (after.roles, after.purposes, after.age_from, after.age_to) == (before.roles, before.purposes, before.age_from, before.age_to)
    assert {"demand-agreement", "demand-shown-private"} <= set(after.demands)


@pytest.mark.parametrize("overlay", sorted(TABLES.catalogue.overlays))
@pytest.mark.parametrize("model", sorted(MODELS))
def test_an_overlay_laid_on_twice_is_laid_on_once(model: str, overlay: str) -> None:
    laid = apply_overlay(MODELS[model], TABLES.catalogue.overlays[overlay])

    assert apply_overlay(laid, TABLES.catalogue.overlays[overlay]) == laid
    assert set(MODELS[model].parties) <= set(laid.parties)
    assert laid.roles == MODELS[model].roles


def test_language_support_sits_in_and_reads_nothing() -> None:
    laid = apply_overlay(HLT, TABLES.catalogue.overlays["sprakstod"])

    assert "language-supporter" in laid.onlookers
    assert may_read(laid, "language-supporter", LeafCategory.PLAN) == "role-not-allowed"


def test_a_remote_arena_changes_how_one_meets_and_not_what_is_told() -> None:
    laid = apply_overlay(HLT, TABLES.catalogue.overlays["digital-arena"])

    assert laid.remote
    assert not HLT.remote
    assert laid.flows == HLT.flows
    assert may_meet(laid, identified=True, consents=()) == "meeting-waits-for-consent"


def test_what_the_social_board_tells_in_an_inquiry_is_no_duty_to_answer() -> None:
    placed = MODELS["placerade-barn"]
    told = {"discloser": Regime.SOC, "recipient": Regime.S_SCH, "purpose": Purpose.INQUIRY, "category": LeafCategory.SUBSTANCES}

    assert asks(placed, **told) == "category-not-allowed"
    assert asks(placed, **(told | {"discloser": Regime.S_SCH, "recipient": Regime.SOC})) is None
