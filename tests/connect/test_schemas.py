"""Every category has a content schema, a form at the desk with words for it, and limits that the kit keeps before it seals."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from samsyn_connect.content import Schema, faults, newest, schemas
from samsyn_connect.desk.fields import Field, fields, read
from samsyn_connect.desk.texts import Words, catalogue

from services.sharing.domain.glass import EMERGENCY_SET
from shared.law.codes import LeafCategory

CATEGORIES = [str(category) for category in LeafCategory]


def typed_in(field: Field, rule: dict[str, Any]) -> str:
    """Something that fits, as a person would type it."""
    if field.kind == "choice":
        return field.options[0]
    if field.kind == "number":
        return str(rule.get("minimum", 0))
    return "2026-11-20" if field.kind == "date" else "En rad"


def filled(schema: Schema) -> dict[str, str]:
    """A form of this schema with every field filled in."""
    rules = schema.document["properties"]
    return {field.name: typed_in(field, rules[field.name]) for field in fields(schema, {}, {})}


def test_the_kit_has_a_schema_of_every_leaf_category_and_of_no_other() -> None:
    assert {schema.category for schema in schemas().values()} == set(CATEGORIES)
    assert {str(category) for category in EMERGENCY_SET} <= set(CATEGORIES)


@pytest.mark.parametrize("category", CATEGORIES)
def test_a_form_filled_in_fits_and_its_fields_and_choices_are_read_in_both_languages(category: str) -> None:
    schema = newest(category)
    Draft202012Validator.check_schema(schema.document)

    content, wrong = read(schema, filled(schema))

    assert wrong == {}
    assert content.keys() == schema.document["properties"].keys()
    assert faults(schema.sha256, category, content) == []
    for words in (Words("sv"), Words("en")):
        for field in fields(schema, {}, {}):
            assert words.field(category, field.name) != field.name
            assert all(words.option(option) != option for option in field.options)


@pytest.mark.parametrize("category", CATEGORIES)
def test_what_is_missing_too_much_or_unknown_does_not_fit(category: str) -> None:
    schema = newest(category)
    content, _ = read(schema, filled(schema))

    for name in schema.document["required"]:
        assert faults(schema.sha256, category, {key: value for key, value in content.items() if key != name}) == ["/"]
    assert faults(schema.sha256, category, {**content, "note": "x"}) == ["/"]
    for name, rule in schema.document["properties"].items():
        bounded = "enum" in rule or "pattern" in rule or "maxLength" in rule or "maximum" in rule or "maxItems" in rule
        assert bounded, f"{category}.{name} takes anything"
        too_much: Any = ["x" * 5000] if rule.get("type") == "array" else "x" * 5000
        assert faults(schema.sha256, category, {**content, name: too_much}), f"{category}.{name} takes 5000 characters"


def test_the_words_in_the_schema_are_the_desks_swedish_words() -> None:
    for schema in schemas().values():
        for name, rule in schema.document["properties"].items():
            assert catalogue().fields[schema.category][name][0] == rule["description"]


def test_feedback_on_a_report_has_no_room_for_more_than_the_law_lets_out() -> None:
    """OSL 26:9 a: whether an inquiry was opened, was not, or is under way."""
    assert set(newest("feedback").document["properties"]) == {"feedback_on", "inquiry_is"}
    assert all("enum" in rule or "pattern" in rule for rule in newest("feedback").document["properties"].values())
