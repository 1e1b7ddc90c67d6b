"""Small habits that are only true when they are always true."""

import ast
import re

import msgspec

from shared.logs import Key
from shared.problems import _FRAMEWORK, TEXTS
from shared.settings import HouseSettings
from tests.rules.code import ROOT, called, constant, house_modules, sources

WAITS = {"tests/eventually.py"}
ERRORS = {"Invalid", "Unauthenticated", "Refused", "Conflict", "Unavailable"}
KEYS = {key.value for key in Key}
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


def test_tests_wait_for_facts_and_not_for_time() -> None:
    found = [
        f"{source.path}:{call.lineno}"
        for source in sources("tests")
        if source.path not in WAITS
        for call in source.calls()
        if called(call) == "sleep"
    ]

    assert found == []


def codes_in(call: ast.Call) -> list[str]:
    """The codes that one call makes into an answer: an error, or a recorded no of the sharing house."""
    match called(call):
        case name if name in ERRORS:
            places = call.args[:1]
        case "deny":
            places = call.args[3:4]
        case "Denied" | "NotYet":
            places = [k.value for k in call.keywords if k.arg == "code"]
        case _:
            places = []
    return [code for code in map(constant, places) if code is not None]


def codes() -> dict[str, str]:
    """Every problem code in the code base, with a place where it stands."""
    found = dict.fromkeys((*_FRAMEWORK.values(), "internal-error"), "shared/problems.py")
    for source in sources("services", "shared"):
        for call in source.calls():
            for code in codes_in(call):
                found[code] = f"{source.path}:{call.lineno}"
        for node in source.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "CONFLICTS":
                for value in ast.walk(node.value):
                    if isinstance(value, ast.Dict):
                        found |= {code: source.path for code in map(constant, value.values) if code is not None}
    return found


def test_every_problem_code_is_explained_in_both_languages() -> None:
    assert {code: place for code, place in codes().items() if code not in TEXTS} == {}


def test_every_explanation_has_a_code() -> None:
    written = "".join(source.text for source in sources("services", "shared"))

    assert [code for code in TEXTS.keys() - codes().keys() if f'"{code}"' not in written] == []


def test_explanations_are_whole_sentences_of_their_language() -> None:
    for code, text in TEXTS.items():
        assert KEBAB.match(code)
        assert all((text.sv, text.en, text.sv_help.endswith("."), text.en_help.endswith(".")))
        assert text.sv != text.en


def test_every_setting_stands_in_the_operators_manual() -> None:
    kinds = {HouseSettings}
    kinds |= {v for m in house_modules() for v in vars(m).values() if isinstance(v, type) and issubclass(v, HouseSettings)}
    manual = (ROOT / "deploy/README.md").read_text(encoding="utf-8")

    names = {f"SAMSYN_{field.name.upper()}" for kind in kinds for field in msgspec.structs.fields(kind)}
    names |= {"SAMSYN_OWNER_DATABASE_URL", "SAMSYN_TEST_CLOCK", "SAMSYN_TEST_PAUSE"}
    assert sorted(name for name in names if name not in manual) == []


def test_log_lines_have_keys_of_the_list_only() -> None:
    wrong = []
    for source in sources("services", "shared"):
        for call in source.calls():
            if (
                called(call) in {"line", "failure"}
                and isinstance(call.func, ast.Attribute)
                and getattr(call.func.value, "id", "") == "logs"
            ):
                wrong += [f"{source.path}:{call.lineno} {k.arg}" for k in call.keywords if k.arg not in KEYS | {"level"}]
            for extra in call.keywords:
                if extra.arg == "extra" and isinstance(extra.value, ast.Dict):
                    wrong += [f"{source.path}:{call.lineno} {constant(key)}" for key in extra.value.keys if constant(key) not in KEYS]

    assert wrong == []


def test_spans_get_their_attributes_from_the_closed_list_only() -> None:
    names = {"set_attribute", "set_attributes", "record_exception", "add_event"}
    found = [
        f"{source.path}:{call.lineno}"
        for source in sources("services", "shared")
        if source.path != "shared/telemetry.py"
        for call in source.calls()
        if called(call) in names
    ]

    assert found == []


def test_logs_are_written_by_event_names_and_not_by_sentences() -> None:
    dotted = re.compile(r"[a-z-]+(\.[a-z-]+)+\Z")
    levels = {"debug", "info", "warning", "error", "exception", "critical"}
    wrong = [
        f"{source.path}:{call.lineno}"
        for source in sources("services", "shared")
        for call in source.calls()
        if called(call) in levels and isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") in {"logger", "logging"}
        if not (call.args and (text := constant(call.args[0])) is not None and dotted.match(text) and len(call.args) == 1)
    ]

    assert wrong == []


def test_a_journey_that_counts_clicks_in_its_name_checks_the_count() -> None:
    found, counted = [], 0
    for source in sources("tests/browser"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.AsyncFunctionDef) and (named := re.findall(r"(\d+)_clicks?(?=_|\Z)", node.name)):
                counted += 1
                checked = re.findall(r"\.clicks == (\d+)", ast.unparse(node))
                found += [f"{source.path}:{node.name}: {number}" for number in named if number not in checked]

    assert found == []
    assert counted > len(("guardian", "professional", "administrator", "officer", "operator"))
