"""Where in a request something is wrong, told without repeating what somebody sent (I9)."""

import re
from urllib.parse import quote

from shared.errors import Fault

_PLACE = re.compile(r"(?s)(?P<what>.*?)(?: - at (?:`key` in )?`(?P<path>(?:key in )?\$[^`]*)`)?\Z")
_UNKNOWN = re.compile(r"(?s)Object contains unknown field `(?P<name>.*)`\Z")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]*)`\Z")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_LONGEST_NAME = 64
_DIGITS_OF_A_NUMBER = 6
"""A birth date is enough."""


def fault_of(message: str, at: str = "#") -> Fault:
    """A message of msgspec with its path `$.items[0].x` as a fault at `#/items/0/x`, without what the client sent.

    `at` is where the value that msgspec read stands in the request.
    """
    match = _PLACE.match(message)
    what, path = (match["what"], match["path"] or "$") if match else (message, "$")
    pointer = at + "".join(_step(name or index) for name, index in _STEP.findall(path.removeprefix("key in ")) if name or index)
    if unknown := _UNKNOWN.match(what):
        return Fault(pointer + member(unknown["name"]), "Unknown field")
    if missing := _MISSING.match(what):
        return Fault(pointer + _step(missing["name"]), "Missing")
    if what.startswith(("Invalid enum value", "Invalid value")):
        return Fault(pointer, "Not one of the values allowed here")
    return Fault(pointer, what)


def member(name: str) -> str:
    """One step of a pointer to a member that somebody else named: empty where the name could be a personal number."""
    return "" if may_be_number(name[:_LONGEST_NAME]) else _step(name[:_LONGEST_NAME])


def may_be_number(name: str) -> bool:
    """Whether a member's name could be a personal number, which no error text repeats."""
    return sum(character.isdecimal() for character in name) >= _DIGITS_OF_A_NUMBER


def _step(name: str) -> str:
    return "/" + quote(name.replace("~", "~0").replace("/", "~1"), safe="~!$&'()*+,;=:@")
