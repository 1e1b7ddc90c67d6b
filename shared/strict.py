"""JSON as we accept it: one media type, UTF-8, no duplicate key, no NaN, no unknown field, no guessing of types.

msgspec alone takes the last of two equal keys and Litestar converts `"2010"` to a number and answers deep nesting with 500, so that
two programs can read the same bytes differently; what is decided on must be what was sent.
"""

import json
import re
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import ClientException

from shared.errors import Fault, Invalid

T = TypeVar("T")

_PLACE = re.compile(r"(?s)(?P<what>.*?)(?: - at (?:`key` in )?`(?P<path>(?:key in )?\$[^`]*)`)?\Z")
_UNKNOWN = re.compile(r"(?s)Object contains unknown field `(?P<name>.*)`\Z")
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]*)`\Z")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_LONGEST_NAME = 64
_DIGITS_OF_A_NUMBER = 6
"""A birth date is enough."""
_UNSUPPORTED = 415


def decode(kind: type[T], raw: bytes) -> T:
    """One value of this type, or Invalid with a pointer (RFC 6901, as a URI fragment) to what is wrong."""
    try:
        seen = _SCANNER.decode(raw.decode("utf-8"))
        if rb"\u0000" in raw:
            _refuse_nul(seen)
        value: T = _decoder(kind).decode(raw)
    except msgspec.ValidationError as error:
        raise Invalid("request-invalid", faults=[fault_of(str(error))]) from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise Invalid("request-malformed") from None
    return value


class StrictRequest(Request[Any, Any, State]):
    """Litestar's request, reading JSON bodies through `decode`; the OpenAPI description stays Litestar's."""

    async def json(self) -> Any:
        """The body as the handler's `data` type."""
        types = self.headers.getall("content-type", [])
        if len(types) != 1 or types[0].split(";")[0].strip().lower() != "application/json":
            raise ClientException(status_code=_UNSUPPORTED)
        field = self.route_handler.parsed_data_field
        raw = await self.body()
        return decode(Any if field is None else field.annotation, raw)


def fault_of(message: str) -> Fault:
    """A message of msgspec with its path `$.items[0].x` as a fault at `#/items/0/x`, without what the client sent."""
    match = _PLACE.match(message)
    what, path = (match["what"], match["path"] or "$") if match else (message, "$")
    pointer = "#" + "".join(_segment(name or index) for name, index in _STEP.findall(path.removeprefix("key in ")) if name or index)
    if unknown := _UNKNOWN.match(what):
        name = unknown["name"][:_LONGEST_NAME]
        return Fault(pointer + ("" if _may_be_number(name) else _segment(name)), "Unknown field")
    if missing := _MISSING.match(what):
        return Fault(pointer + _segment(missing["name"]), "Missing")
    if what.startswith(("Invalid enum value", "Invalid value")):
        return Fault(pointer, "Not one of the values allowed here")
    return Fault(pointer, what)


def _may_be_number(name: str) -> bool:
    """Whether a member's name could be a personal number, which no error text repeats (I9)."""
    return sum(character.isdecimal() for character in name) >= _DIGITS_OF_A_NUMBER


def _segment(name: str) -> str:
    return "/" + quote(name.replace("~", "~0").replace("/", "~1"), safe="~!$&'()*+,;=:@")


_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    found = _DECODERS.get(kind)
    if found is None:
        found = _DECODERS[kind] = msgspec.json.Decoder(kind)
    return found


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON (RFC 8259 6)")


def _refuse_nul(seen: Any) -> None:
    # PostgreSQL cannot store it, and it would answer far from here
    if isinstance(seen, str):
        if "\0" in seen:
            raise ValueError("NUL")
    elif isinstance(seen, dict):
        for key, value in seen.items():
            _refuse_nul(key)
            _refuse_nul(value)
    elif isinstance(seen, list):
        for value in seen:
            _refuse_nul(value)


_SCANNER = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
