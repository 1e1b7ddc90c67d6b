"""`samsyn decide`: an answer from a file of facts, without a running system."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from deploy.command import main
from services.sharing.domain.case_file import shipped
from services.sharing.domain.tables import Tables, load
from shared.law.codes import Answer

FREE = """
discloser = "S_SCH"
recipient = "H_REG"
purpose = "P_SUPPORT"
category = "attendance"
age = 13
restricted = false
attested = { A_MEN_TESTED = true, A_RELEVANT = true }
judgements = { necessary = true, relevant = true, proportionate = true }
"""
CODES = {"yes": 0, "attest": 10, "wait": 11, "no": 12, "ask": 13}
ASSESSMENT = FREE.replace('"S_SCH"', '"S_EH"').replace('"attendance"', '"pupil-health"')
ONE_OF_EACH = {
    "yes": FREE,
    "attest": FREE.replace("A_MEN_TESTED = true, ", ""),
    "wait": ASSESSMENT + 'consent = "not-asked"\n',
    "no": FREE.replace("necessary = true", "necessary = false"),
    "ask": FREE.replace("restricted = false", "restricted = true"),
}


@pytest.fixture(scope="module")
def rules() -> Tables:
    return load()


def decide(text: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["decide", "-", *options], input=text)


@pytest.mark.parametrize("answer", CODES)
def test_the_exit_code_says_the_answer(answer: str) -> None:
    done = decide(ONE_OF_EACH[answer], "--json")

    assert (done.exit_code, json.loads(done.stdout)["answer"]) == (CODES[answer], answer)


def test_of_many_cases_the_worst_counts_and_each_is_answered() -> None:
    text = "".join(f'[[case]]\nid = "{name}"\n[case.facts]\n{facts}\n' for name, facts in ONE_OF_EACH.items())

    done = decide(text, "--json")

    assert done.exit_code == 13
    assert [(one["id"], one["answer"], one["hypothetical"]) for one in json.loads(done.stdout)] == [(name, name, True) for name in CODES]


def test_a_file_on_disk_is_read_and_names_the_case(tmp_path: Path) -> None:
    (tmp_path / "kurator.toml").write_text(FREE, encoding="utf-8")

    done = CliRunner().invoke(main, ["decide", str(tmp_path / "kurator.toml"), "--json"])

    assert (done.exit_code, json.loads(done.stdout)["id"]) == (0, "kurator")


@pytest.mark.parametrize(
    ("lang", "headings"),
    [
        ("sv", ["INTE ÄN.", "Varför", "Det här saknas", "Det här kan öppna", "Lag"]),
        ("en", ["NOT YET.", "Why", "What is missing", "What would open it", "Law"]),
    ],
)
def test_a_human_reads_the_answer_first_and_the_paragraph_last(lang: str, headings: list[str]) -> None:
    lines = decide(ONE_OF_EACH["wait"], "--lang", lang).stdout.splitlines()

    places = [lines.index(heading) for heading in headings]
    assert places == sorted(places)
    assert places[0] == 1
    assert not any("OSL" in line or "SoL" in line for line in lines[: places[3]])


def test_no_code_of_the_rules_is_left_for_a_human_to_read() -> None:
    for text in ONE_OF_EACH.values():
        for lang in ("sv", "en"):
            said = decide(text, "--lang", lang).stdout

            assert not any(mark in said for mark in ("A_", "P_", "T_", "I_", "S_SCH", "label-", "consent-", "fact-", "whom-"))


def test_a_failed_attestation_does_not_read_as_if_it_were_so() -> None:
    said = decide(FREE.replace("A_MEN_TESTED = true", "A_MEN_TESTED = false"), "--lang", "en").stdout

    assert "Not so: I have tested whether the information can harm" in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FREE.replace('"S_SCH"', '"S_SKOLA"'), "discloser.regime: Not one of the values allowed here"),
        (FREE.replace('"S_SCH"', '"S_SKOLA"'), "S_FSK, S_EH, S_SUP, S_SCH"),
        (FREE.replace('purpose = "P_SUPPORT"', ""), "purpose: Missing; allowed: P_SUPPORT"),
        (FREE.replace("A_RELEVANT", "A_RELEVNT"), "attested.A_RELEVNT: Not one of the values allowed here; did you mean A_RELEVANT?"),
        (FREE.replace("A_RELEVANT = true", "A_U21 = false"), "attested.A_U21: contradicts age"),
        (f"[[case]]\n[case.facts]\n{FREE}\n[[case]]\n[case.facts]\n{FREE.replace('13', '-1')}", "case 2, age: whole years"),
        (f'[[case]]\n[case.facts]\n{FREE}\n[case.want]\nanswr = "yes"', "case 1, want.answr: Unknown; allowed: alternatives, answer"),
        (f"top = 1\n[[case]]\n[case.facts]\n{FREE}", "[[case]] tables and nothing beside them"),
        ("discloser = ", "not TOML"),
    ],
)
def test_a_wrong_file_is_told_by_field_with_what_may_stand_there(text: str, message: str) -> None:
    done = decide(text)

    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_case_that_wants_another_answer_is_told_so() -> None:
    done = decide(f'name_sv = "Frånvaro"\n[facts]\n{FREE}\n[want]\nanswer = "no"')

    assert done.exit_code == 0
    assert done.stdout.startswith("Frånvaro\n")
    assert "! the file wants answer = 'no'" in done.stdout


def test_every_shipped_case_is_answered_as_it_wants_by_the_command_too(rules: Tables) -> None:
    cases = shipped(rules)
    folder = Path(__file__).parents[2] / "services" / "sharing" / "rules" / "cases"
    told = {}
    for file in sorted(folder.glob("*.toml")):
        done = CliRunner().invoke(main, ["decide", str(file), "--json"])
        many = json.loads(done.stdout)
        for one in many if isinstance(many, list) else [many]:
            told[one["id"]] = one["answer"]

    wanted = {case.id: case.want["answer"] for case in cases}
    assert len(cases) >= 60
    assert told == wanted
    assert set(told.values()) == {answer.value for answer in Answer}


def test_the_answer_as_json_holds_the_whole_trace_and_its_texts() -> None:
    said = msgspec.json.decode(decide(ONE_OF_EACH["wait"], "--json").stdout)

    assert {"paths", "reasons", "to_attest", "tell", "law", "texts", "rules"} <= said.keys()
    assert {condition["code"] for path in said["paths"] for condition in path["conditions"]} <= said["texts"].keys()
