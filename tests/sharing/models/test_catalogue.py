"""The catalogue as files: what every model must say, what is refused, and how a municipality adds one of its own."""

from importlib.resources import files
from pathlib import Path

import pytest

from services.sharing.domain.catalogue import BrokenModels, read_catalogue
from services.sharing.domain.models import ConsentWhen, Identification, allows
from services.sharing.domain.tables import BrokenTables, load, read
from services.sharing.settings import Settings
from shared.law.codes import LeafCategory, Purpose, Regime
from shared.settings import read_struct

TABLES = load()
RAW = read(files("services.sharing").joinpath("rules"))
HLT = RAW["models/hlt-team.toml"].decode()
REASONS = {
    "model-unknown",
    "model-off",
    "category-off",
    "party-not-in-template",
    "purpose-not-in-template",
    "age-not-in-template",
    "category-not-allowed",
    "role-not-allowed",
    "no-individuals",
    "de-identified-only",
    "meeting-waits-for-consent",
    "case-waits-for-consent",
    "mandatory-party-missing",
}


def test_there_are_25_models_and_3_overlays() -> None:
    assert (len(TABLES.models), len(TABLES.catalogue.overlays)) == (25, 3)
    assert all(f"models/{model}.toml" in RAW for model in TABLES.models), "a file is called as its model"


def test_every_reason_of_a_model_and_every_demand_has_a_text() -> None:
    demands = {demand for overlay in TABLES.catalogue.overlays.values() for demand in overlay.demands}
    assert REASONS | demands <= set(TABLES.texts)


@pytest.mark.parametrize("model", TABLES.models.values(), ids=lambda model: model.id)
def test_a_model_says_what_a_professional_needs_to_know(model: object) -> None:
    assert model.levels  # type: ignore[attr-defined]
    assert model.consent.sv  # type: ignore[attr-defined]
    assert model.consent.en  # type: ignore[attr-defined]
    assert model.consent.source  # type: ignore[attr-defined]


def test_a_model_without_individuals_or_on_a_statute_asks_nobody_for_consent() -> None:
    for model in TABLES.models.values():
        assert model.consent is not None
        nobody = model.consent.when in {ConsentWhen.STATUTORY, ConsentWhen.NO_PERSONAL_DATA}
        assert nobody == (model.consent_months == 0), model.id
        if model.identification in {Identification.NONE, Identification.AGGREGATE, Identification.DEIDENTIFIED}:
            assert model.consent.when is ConsentWhen.NO_PERSONAL_DATA, model.id


def test_no_consent_lasts_longer_than_a_year() -> None:
    assert {model.id: model.consent_months for model in TABLES.models.values() if model.consent_months > 12} == {}


def test_every_word_of_the_lists_is_used() -> None:
    models = TABLES.models.values()

    assert set(TABLES.catalogue.roles) == {role for m in models for role in (*m.roles, *m.onlookers)}
    assert set(TABLES.catalogue.parties) == {party.kind for m in models for party in m.who}
    assert set(TABLES.catalogue.documents) == {word for m in models for word in (*m.documents, *m.tools)}


def test_every_way_that_a_model_opens_is_one_that_the_law_knows() -> None:
    """A flow without a row for any of its pairs would be a promise that no answer keeps: a human is asked each time.

    Identity alone is left: it goes along with an item, and by that item's row.
    """
    empty = {
        (model.id, flow.discloser, category)
        for model in TABLES.models.values()
        for flow in model.flows
        if flow.discloser and flow.recipient
        for category in flow.categories
        if not any(
            TABLES.index.get((a, b, purpose, TABLES.info(category, a)))
            for a in flow.discloser
            for b in flow.recipient
            for purpose in (flow.purposes or [p.code for p in model.purposes])
        )
    }
    assert {one for one in empty if one[2] is not LeafCategory.IDENTITY} == set()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('"counsellor"', '"counselor"', "counselor is not known"),
        ('kind = "school"', 'kind = "shool"', "shool is not known"),
        ('from = ["school"]', 'from = ["police"]', "police is not known"),
        ('"P_SUPPORT"', '"P_WELLBEING"', "P_WELLBEING"),
        ('"health-care"', '"health"', "health"),
        ('overlays = ["privata-aktorer"]', 'overlays = ["private"]', "private is not known"),
        ('instead = "avidentifierad-konsultation"', 'instead = "nowhere"', "nowhere is not known"),
        ("age_from = 0", "age_from = 30", "from is after to"),
        ("default_months = 6", "default_months = 13", "from is after to"),
        ("version = 1", "version = 1\nsurprise = 1", "surprise"),
        ('identification = "after-consent"', 'identification = "none"', "no individual matters, and yet a flow"),
        ('identification = "after-consent"', 'identification = "de-identified-only"', "de-identified only, and yet another category"),
        ("needs_lawyer = true", 'needs_lawyer = true\nconvenes = ["police-officer"]', "police-officer is not known"),
        (
            "needs_lawyer = true",
            'needs_lawyer = true\n\n[[off]]\nsv = "x"\nen = "x"\nto = ["child"]\n',
            "off towards a party that no unit can be",
        ),
        ('id = "hlt-team"', 'id = "sip"', "two files have the same id"),
    ],
)
def test_a_model_that_is_wrong_is_refused_by_name(old: str, new: str, named: str) -> None:
    assert old in HLT

    with pytest.raises(BrokenModels, match=named):
        read_catalogue({**RAW, "models/hlt-team.toml": HLT.replace(old, new).encode()})


def test_a_model_of_ones_own_takes_part_without_a_release(tmp_path: Path) -> None:
    own = HLT.replace('id = "hlt-team"', 'id = "hlt-sunne"').replace("age_to = 19", "age_to = 25")
    (tmp_path / "hlt-sunne.toml").write_text(own)
    (tmp_path / "readme.txt").write_text("no model")

    tables = load(tmp_path)

    question = (Regime.S_EH, Regime.H_REG, Purpose.SUPPORT, LeafCategory.PUPIL_HEALTH, 24)
    assert allows(tables.models["hlt-sunne"], *question) is None
    assert allows(tables.models["hlt-team"], *question) == "age-not-in-template"
    assert {name: tables.models[name] for name in TABLES.models} == TABLES.models
    assert tables.sha256 != TABLES.sha256, "a decision shows by which tables it was made"


def test_a_new_version_changes_no_running_case(tmp_path: Path) -> None:
    own = HLT.replace('id = "hlt-team"', 'id = "hlt-sunne"')
    (tmp_path / "hlt-sunne.toml").write_text(own.replace("version = 1", "version = 2").replace("age_to = 19", "age_to = 12"))
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / "hlt-sunne.1.toml").write_text(own)

    catalogue = load(tmp_path).catalogue

    question = (Regime.S_EH, Regime.H_REG, Purpose.SUPPORT, LeafCategory.PUPIL_HEALTH, 15)
    said = {name: allows(model, *question) for name in ("hlt-sunne", "hlt-sunne@2", "hlt-sunne@1") if (model := catalogue.named(name))}
    assert said == {"hlt-sunne": "age-not-in-template", "hlt-sunne@2": "age-not-in-template", "hlt-sunne@1": None}
    assert "hlt-sunne@1" not in catalogue.models, "nothing new is opened under it"


@pytest.mark.parametrize("name", ["hlt-team@2", "hlt-team@0", "hlt-team@", "hlt-team@one", "no-model@1", "no-model", ""])
def test_a_version_that_is_not_kept_is_no_model(name: str) -> None:
    assert TABLES.catalogue.named(name) is None


def test_an_earlier_version_has_a_lower_number_and_a_successor(tmp_path: Path) -> None:
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / "hlt.toml").write_text(HLT)
    with pytest.raises(BrokenTables, match="lower number"):
        load(tmp_path)

    (tmp_path / "earlier" / "hlt.toml").write_text(HLT.replace('id = "hlt-team"', 'id = "hlt-sunne"'))
    with pytest.raises(BrokenTables, match="hlt-sunne is not known"):
        load(tmp_path)


def test_the_example_in_the_readme_is_a_model() -> None:
    readme = files("services.sharing").joinpath("rules/README.md").read_text()
    example = next(block.split("```")[0] for block in readme.split("```toml\n") if 'id = "hlt-sunne"' in block)

    own = read_catalogue({**RAW, "models/hlt-sunne.toml": example.encode()}).models["hlt-sunne"]
    turned_on = (
        example.replace("# [off.", "[off.").replace("# on =", "on =").replace("# by =", "by =").replace("# decision =", "decision =")
    )
    decided = read_catalogue({**RAW, "models/hlt-sunne.toml": turned_on.encode()}).models["hlt-sunne"]

    question = (Regime.S_SCH, Regime.SOC, Purpose.SUPPORT)
    assert allows(own, *question, LeafCategory.ATTENDANCE, 10) is None
    assert allows(own, *question, LeafCategory.PLAN, 10) == "category-off"
    assert allows(decided, *question, LeafCategory.PLAN, 10) is None


def test_a_model_of_ones_own_replaces_none_that_is_shipped(tmp_path: Path) -> None:
    (tmp_path / "hlt-team.toml").write_text(HLT.replace("age_to = 19", "age_to = 99"))
    with pytest.raises(BrokenTables, match="replaces none"):
        load(tmp_path)

    (tmp_path / "hlt-team.toml").rename(tmp_path / "other.toml")
    with pytest.raises(BrokenTables, match="same id"):
        load(tmp_path)


def test_the_folder_of_models_is_a_setting_that_may_be_left_out(tmp_path: Path) -> None:
    fields = ("DATABASE_URL", "NATS_URL", "ISSUER", "AUDIENCE", "PUBLIC_URL", "CLIENT_ID", "CLIENT_KEY", "SECRET_KEY", "TRUST_FILE")
    env = {f"SAMSYN_{field}": "x" for field in fields} | {"SAMSYN_PRODUCTION": "false"}

    assert read_struct(Settings, env).models_folder is None
    assert read_struct(Settings, {**env, "SAMSYN_MODELS_FOLDER": str(tmp_path)}).models_folder == tmp_path
