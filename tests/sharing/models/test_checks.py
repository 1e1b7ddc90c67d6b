"""Each kind of check can fail: a wrong sentence is noticed, so that a row's yes means something."""

from importlib.resources import files
from typing import Any, get_args

import msgspec
import pytest

from services.sharing.domain.tables import load, read
from tests.sharing.models.checks import Check

TABLES = load()
RAW = read(files("services.sharing").joinpath("rules"))
ASKED = {"from": "S_EH", "to": "H_REG", "category": "pupil-health"}
WRONG: list[dict[str, Any]] = [
    {"kind": "model_says", "model": "hlt-team", **ASKED, "want": "category-not-allowed"},
    {"kind": "model_says", "model": "hlt-team", **ASKED, "age": 40, "want": "let-through"},
    {"kind": "decide", "model": "hlt-team", **ASKED, "purpose": "P_SUPPORT", "answer": "yes"},
    {"kind": "decide", "model": "hlt-team", **ASKED, "purpose": "P_SUPPORT", "answer": "wait", "reason": "consent-refused"},
    {"kind": "decide", "model": "hlt-team", **ASKED, "purpose": "P_SUPPORT", "answer": "wait", "label": "duty"},
    {"kind": "different_rules", "category": "health-care", "purpose": "P_SUPPORT", "public": ["H_REG", "SOC"], "private": ["H_REG", "SOC"]},
    {"kind": "meeting", "model": "hlt-team", "want": "held"},
    {"kind": "meeting", "model": "hlt-team", "consents": ["given"], "want": "meeting-waits-for-consent"},
    {"kind": "parties", "model": "sip", "regimes": ["S_SCH", "SOC"], "want": "opens"},
    {"kind": "parties", "model": "sip", "regimes": ["S_SCH", "SOC"], "want": "mandatory-party-missing", "instead": "hlt-team"},
    {"kind": "agreed", "model": "hlt-team", "regimes": ["S_SCH", "SOC"], "want": "agreed"},
    {"kind": "found", "words": "HTL", "models": ["sip"]},
    {"kind": "found", "words": "HTL", "models": ["hlt-team"], "without": ["hlt-team"]},
    {"kind": "model_has", "model": "hlt-team", "parties": ["police"]},
    {"kind": "model_has", "model": "hlt-team", "mandatory": ["pupil-health"]},
    {"kind": "model_has", "model": "hlt-team", "roles": ["teacher"]},
    {"kind": "model_has", "model": "hlt-team", "ages": [0, 18]},
    {"kind": "model_has", "model": "hlt-team", "limits": {"accept": 15}},
    {"kind": "model_has", "model": "hlt-team", "rhythm_days": [7]},
    {"kind": "model_has", "model": "hlt-team", "remote": True},
    {"kind": "model_has", "model": "sip", "handbook": True},
    {"kind": "model_has", "model": "sip", "demands": ["demand-own-language"]},
    {"kind": "convenes", "model": "barnteam", "role": "principal", "want": "may"},
    {"kind": "reads", "model": "hlt-team", "role": "teacher", "category": "matter", "want": "may"},
    {"kind": "no_cases", "role": "counsellor"},
    {"kind": "off_by_default", "model": "hlt-team"},
    {"kind": "off_by_default", "model": "hlt-team", "category": "matter", "to": "SOC"},
    {"kind": "nowhere", "category": "plan"},
    {"kind": "nowhere", "category": "crime-risk", "from": ["POL"], "to": ["SOC"]},
    {"kind": "only_in", "party": "police", "models": ["sspf-individ"]},
    {"kind": "consent_rule", "model": "hlt-team", "when": "per-item", "who": "guardians-and-child"},
    {"kind": "consent_rule", "model": "hlt-team", "when": "before-meeting", "who": "own"},
    {"kind": "consent_rule", "model": "barnteam", "when": "before-case", "who": "guardians-and-child"},
    {"kind": "identification", "model": "hlt-team", "want": "identified"},
    {"kind": "overlay", "model": "sip", "overlay": "sprakstod", **ASKED, "before": "let-through", "after": "party-not-in-template"},
    {"kind": "local_model", "copy_of": "hlt-team", **ASKED, "want": "model-off"},
    {"kind": "local_model", "copy_of": "hlt-team", **ASKED, "adds": "\n[[party]]\nkind = 'none'\n", "want": "let-through"},
    {"kind": "local_model", "copy_of": "hlt-team", **ASKED, "drops": "no such line", "want": "let-through"},
    {"kind": "no_field", "words": ["age"]},
]
CANNOT_FAIL_ON_OUR_FILES = {"commits", "words"}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong['kind']}-{'-'.join(map(str, list(wrong)[2:]))}")
def test_a_wrong_sentence_is_noticed(wrong: dict[str, Any]) -> None:
    check = msgspec.convert(wrong, Check)

    assert check.run(TABLES, RAW) is not None


def test_a_silent_word_is_noticed() -> None:
    party = msgspec.structs.replace(TABLES.models["sip"].who[0], commits_sv=" ")
    silent = msgspec.structs.replace(TABLES.models["sip"], who=(party,))
    role = msgspec.structs.replace(TABLES.catalogue.roles["nurse"], en="")
    catalogue = msgspec.structs.replace(TABLES.catalogue, roles={"nurse": role})
    tables = msgspec.structs.replace(TABLES, models={"sip": silent}, catalogue=catalogue)

    for kind in sorted(CANNOT_FAIL_ON_OUR_FILES):
        check = msgspec.convert({"kind": kind}, Check)
        assert check.run(TABLES, RAW) is None
        assert check.run(tables, RAW) is not None


def test_every_kind_is_shown_to_fail() -> None:
    kinds = {kind.__struct_config__.tag for kind in get_args(Check)}
    assert kinds == {wrong["kind"] for wrong in WRONG} | CANNOT_FAIL_ON_OUR_FILES
