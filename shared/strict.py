"""JSON as we accept it: one media type, UTF-8, no duplicate key, no NaN, no unknown field, no guessing of types.

msgspec alone takes the last of two equal keys and Litestar converts `"2010"` to a number and answers deep nesting with 500, so that
two programs can read the same bytes differently; what is decided on must be what was sent.
"""

import json
from typing import Any, NoReturn, TypeVar

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import ClientException

from shared.errors import Invalid
from shared.pointers import fault_of

T = TypeVar("T")

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
