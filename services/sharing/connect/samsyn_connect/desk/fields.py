"""A form from a content schema, and content from a form. Works for the flat objects that content schemas are (JSON Schema 2020-12)."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from samsyn_connect.content import Schema, faults

LONG = 1000
"""Characters from which a text gets a large field."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LINE = 300


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field as it stands on the page, with what was typed and what is wrong with it."""

    name: str
    kind: str
    """`date`, `number`, `choice`, `long`, `lines`, `text`."""
    label: str
    required: bool
    options: tuple[str, ...] = ()
    most: int | None = None
    value: str = ""
    fault: str | None = None
    """A text key."""


class Unfit(Exception):
    """What was typed does not fit; the text key of why."""


def fields(schema: Schema, typed: Mapping[str, str], wrong: Mapping[str, str]) -> list[Field]:
    """The schema's properties in its order."""
    required = schema.document.get("required", [])
    return [
        Field(
            name=name,
            kind=_kind(rule),
            label=str(rule.get("description", name)),
            required=name in required,
            options=tuple(rule.get("enum", ())),
            most=rule.get("maxLength"),
            value=typed.get(name, ""),
            fault=wrong.get(name),
        )
        for name, rule in schema.document["properties"].items()
    ]


def read(schema: Schema, typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """(content, what is wrong by field). Empty fields that nobody demands are left out; the schema has the last word."""
    content: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    required = schema.document.get("required", [])
    for name, rule in schema.document["properties"].items():
        text = typed.get(name, "").replace("\r\n", "\n").strip()
        if not text:
            if name in required:
                wrong[name] = "field-missing"
            continue
        try:
            content[name] = _value(rule, text)
        except Unfit as unfit:
            wrong[name] = str(unfit)
    if not wrong:
        wrong = {pointer.split("/")[1]: "field-other" for pointer in faults(schema.sha256, schema.category, content)}
    return content, wrong


def words(value: Any) -> str:
    """A value of opened content as it is shown: lists by line."""
    if isinstance(value, list):
        return "\n".join(str(part) for part in value)
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


def _kind(rule: Mapping[str, Any]) -> str:
    if "enum" in rule:
        return "choice"
    if rule["type"] == "array":
        return "lines"
    if rule["type"] in {"integer", "number"}:
        return "number"
    if "pattern" in rule:
        return "date"
    return "long" if rule.get("maxLength", 0) >= LONG else "text"


def _value(rule: Mapping[str, Any], text: str) -> Any:
    kind = _kind(rule)
    if kind == "number":
        return _number(rule, text)
    if kind == "date":
        return _date(text)
    if kind == "lines":
        return _lines(rule, text)
    if kind == "choice":
        if text not in rule["enum"]:
            raise Unfit("field-choice")
        return text
    if len(text) > rule.get("maxLength", len(text)):
        raise Unfit("field-long")
    return text


def _number(rule: Mapping[str, Any], text: str) -> float:
    plain = text.replace(",", ".").replace(" ", "")
    if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,4})?", plain):
        raise Unfit("field-number")
    number = float(plain)
    if rule["type"] == "integer" and not number.is_integer():
        raise Unfit("field-integer")
    if not rule.get("minimum", number) <= number <= rule.get("maximum", number):
        raise Unfit("field-range")
    return int(number) if number.is_integer() else number


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if _DATE.fullmatch(text) else _unfit("field-date")
    except ValueError:
        return _unfit("field-date")


def _lines(rule: Mapping[str, Any], text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(lines) > rule.get("maxItems", len(lines)):
        raise Unfit("field-lines")
    if any(len(line) > rule.get("items", {}).get("maxLength", _LINE) for line in lines):
        raise Unfit("field-long")
    return lines


def _unfit(code: str) -> str:
    raise Unfit(code)


def number_fault(number: str) -> str | None:
    """What is wrong with a personal or coordination number; None when it may stand. A local number is not checked."""
    plain = number.replace("-", "").replace("+", "").strip()
    if not plain:
        return "field-missing"
    if not plain.isascii() or not plain.isdigit():
        return None if len(plain) <= 20 else "child-number-fault"  # noqa: PLR2004  a region's own reserve number
    if len(plain) != 12:  # noqa: PLR2004  with century: without it a child can be taken for somebody of a hundred
        return "child-number-fault"
    digits = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(plain[2:])]
    return None if sum(digit // 10 + digit % 10 for digit in digits) % 10 == 0 else "child-number-fault"
