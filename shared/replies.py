"""How a house answers another one: a status in a header, and a problem that becomes the same error on the other side."""

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.errors import AppError, Conflict, Fault, Invalid, NotFound, Refused, Unauthenticated, Unavailable

STATUS: Final = "Samsyn-Status"
"""Header of every reply: the status that the same answer has over HTTP."""
OK: Final = "200"

_STATUS: Final[Mapping[type[AppError], str]] = {
    Invalid: "400",
    Unauthenticated: "401",
    Refused: "403",
    NotFound: "404",
    Conflict: "409",
    Unavailable: "503",
}
_KIND: Final = {status: kind for kind, status in _STATUS.items()}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An AppError on its way between two houses; free of personal data as the error is."""

    code: str
    detail: str | None = None
    faults: tuple[Fault, ...] = ()


def problem(error: AppError) -> tuple[str, bytes]:
    """Status and body for an error."""
    status = next((s for kind, s in _STATUS.items() if isinstance(error, kind)), "503")
    return status, msgspec.json.encode(Problem(code=error.code, detail=error.detail, faults=error.faults))


def error(status: str | None, body: bytes) -> AppError:
    """The error that a reply carries. Whatever is not understood is Unavailable: it never opens anything (I5)."""
    kind = _KIND.get(status or "")
    try:
        told = msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return Unavailable()
    if kind is None:
        return Unavailable()
    if kind is NotFound:
        return NotFound()
    if kind in {Invalid, Conflict}:
        return kind(told.code, told.detail, faults=told.faults)
    return kind(told.code, told.detail)
