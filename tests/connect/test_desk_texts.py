import re
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest
from samsyn_connect import content
from samsyn_connect.desk.fields import number_fault, read
from samsyn_connect.desk.inbox import REFUSALS
from samsyn_connect.desk.sessions import ABSOLUTE, IDLE, Person, Sessions
from samsyn_connect.desk.texts import catalogue
from stdnum import luhn

from shared.law.codes import LeafCategory, Purpose

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ME = Person(subject="p-1", name="Kim Ek")


def test_every_category_and_purpose_has_words() -> None:
    assert set(catalogue().categories) == {str(code) for code in LeafCategory}
    assert set(catalogue().purposes) == {str(code) for code in Purpose}


def test_every_field_and_option_of_every_schema_has_words_in_both_languages() -> None:
    for schema in content.schemas().values():
        properties = schema.document["properties"]
        assert catalogue().fields[schema.category].keys() >= properties.keys()
        assert all(option in catalogue().options for rule in properties.values() for option in rule.get("enum", ()))


def test_every_text_that_a_template_names_is_there() -> None:
    folder = files("samsyn_connect.desk").joinpath("templates")
    named = {key for page in folder.iterdir() for key in re.findall(r'\bt\("([a-z-]+)"', page.read_text(encoding="utf-8"))}

    assert {key for key in named if not key.endswith("-")} <= catalogue().texts.keys()
    assert set(REFUSALS) <= catalogue().texts.keys()


def test_no_template_holds_a_sentence_of_its_own() -> None:
    for page in files("samsyn_connect.desk").joinpath("templates").iterdir():
        bare = re.sub(r'\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|[a-z-]+="[^"]*"', " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert re.findall(r"[^\W\d_]{2,}", bare.replace("Samsyn", "")) == []


def whole(nine: str) -> str:
    return f"20{nine}{luhn.calc_check_digit(nine)}"


@pytest.mark.parametrize(
    "number", [whole("130101981"), f"{whole('130101981')[:8]}-{whole('130101981')[8:]}", whole("130161981"), "VGR-2013-88"]
)
def test_numbers_that_may_stand(number: str) -> None:
    assert number_fault(number) is None


@pytest.mark.parametrize("number", [whole("130101981")[2:], whole("130101981") + "1", whole("130101981")[::-1], "R" * 21])
def test_numbers_that_may_not(number: str) -> None:
    assert number_fault(number) == "child-number-fault"


def test_a_comma_is_a_decimal_point_and_lines_are_a_list() -> None:
    found, wrong = read(content.newest("results-adaptations"), {"as_of": "2026-11-20", "adaptations": "Längre tid\r\n\r\n Lugn plats "})

    assert wrong == {}
    assert found == {"as_of": "2026-11-20", "adaptations": ["Längre tid", "Lugn plats"]}


@pytest.mark.parametrize(
    ("field", "text", "fault"),
    [
        ("from", "2026-02-30", "field-date"),
        ("from", "20260211", "field-date"),
        ("possible_days", "12,5", "field-integer"),
        ("possible_days", "-1", "field-range"),
        ("absent_days", "1e3", "field-number"),
        ("pattern", "often", "field-choice"),
        ("to", " ", "field-missing"),
    ],
)
def test_each_kind_of_fault_has_its_own_words(field: str, text: str, fault: str) -> None:
    typed = {"from": "2026-08-17", "to": "2026-11-20", "possible_days": "66", "absent_days": "19,5", "unexcused_days": "7", field: text}

    _, wrong = read(content.newest("attendance"), typed)

    assert wrong == {field: fault}


def test_a_login_ends_when_it_is_not_used() -> None:
    sessions = Sessions()
    cookie = sessions.begin(ME, NOW)

    assert sessions.find(cookie, NOW + IDLE - timedelta(seconds=1)) is not None
    assert sessions.find(cookie, NOW + 2 * IDLE) is None


def test_a_login_ends_after_an_hour_however_much_it_is_used() -> None:
    sessions = Sessions()
    cookie = sessions.begin(ME, NOW)
    for minutes in range(0, 60, 10):
        assert sessions.find(cookie, NOW + timedelta(minutes=minutes)) is not None

    assert sessions.find(cookie, NOW + ABSOLUTE) is None


def test_a_login_under_way_is_its_browsers_and_comes_once() -> None:
    sessions = Sessions()
    state, made = sessions.attempt("mine", NOW)
    other, _ = sessions.attempt("mine", NOW)

    assert sessions.take_attempt(other, "yours", NOW) is None
    assert sessions.take_attempt(state, "mine", NOW) == made
    assert sessions.take_attempt(state, "mine", NOW) is None
