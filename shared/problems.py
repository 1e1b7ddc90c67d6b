"""Every error that a client sees, as RFC 9457 problem details, and the page that its type leads to.

From words (`shared.errors`) to status is this module's one table; titles and explanations of each code stand in
`texts/problems.toml`. `type` is the reference `/problems/<code>` (RFC 9457 3.1.1 allows a full path): the same text in every house
and over NATS, and in each house it resolves to the page. A 404 says nothing more than that, whether the thing is unknown or not the
caller's (I6).
"""

import html
import logging
import re
import string
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import msgspec
from litestar import MediaType, Response, get
from litestar.exceptions import HTTPException, ValidationException
from litestar.params import FromPath

from shared import logs
from shared.errors import AppError, Conflict, Fault, Invalid, NotFound, Refused, TooMany, Unauthenticated, Unavailable

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[AppError], int] = MappingProxyType(
    {Invalid: 400, Unauthenticated: 401, Refused: 403, NotFound: 404, Conflict: 409, TooMany: 429, Unavailable: 503}
)

_FRAMEWORK = MappingProxyType(
    {
        400: "request-malformed",
        401: "not-logged-in",
        403: "scope-missing",
        404: "not-found",
        405: "method-not-allowed",
        413: "body-too-large",
        415: "media-type-unsupported",
        503: "unavailable",
    }
)
_BUG = "internal-error"
_COPIED = ("allow", "www-authenticate", "retry-after")
_OUTCOMES = MappingProxyType(
    {401: "unauthenticated", 403: "refused", 404: "not-found", 409: "conflict", 429: "limited", 503: "unavailable"}
)
_FAILED = 500
_INPUT = 400
_MISSING = re.compile(r"Missing required \w+ parameter '(?P<name>[^']*)'")
_QUOTED = re.compile(r"'[^']*'")


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one code is called, and what it means and what to do, in Swedish and English."""

    sv: str
    en: str
    sv_help: str
    en_help: str


def _read_texts() -> Mapping[str, Text]:
    raw = tomllib.loads(files("shared").joinpath("texts", "problems.toml").read_text(encoding="utf-8"))
    return MappingProxyType(msgspec.convert(raw, dict[str, Text]))


TEXTS = _read_texts()
_UNNAMED = Text(sv="Det gick inte", en="Refused", sv_help="", en_help="")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that is an error: ready bytes, the same over HTTP and NATS; the headers are HTTP's."""

    status: int
    code: str
    headers: dict[str, str]
    body: bytes


class _Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    type: str
    title: str
    status: int
    detail: str | None = None
    errors: tuple[dict[str, str], ...] = ()


def of(error: BaseException) -> Problem:
    """The problem for any exception; what is not meant for a client becomes `internal-error` without a word about it."""
    if isinstance(error, AppError):
        status = next((number for kind, number in STATUS.items() if isinstance(error, kind)), _FAILED)
        return _make(status, error.code, _headers(error), error.detail, tuple(_fault(fault) for fault in error.faults))
    if isinstance(error, ValidationException):
        return _make(_INPUT, "request-invalid", {}, None, _parameters(error))
    if isinstance(error, HTTPException):
        status = error.status_code if error.status_code in _FRAMEWORK else _INPUT if error.status_code < _FAILED else _FAILED
        kept = {name: value for name, value in (error.headers or {}).items() if name.lower() in _COPIED}
        return _make(status, _FRAMEWORK.get(status, _BUG), kept)
    return _make(_FAILED, _BUG, {})


def _make(status: int, code: str, headers: dict[str, str], detail: str | None = None, faults: tuple[dict[str, str], ...] = ()) -> Problem:
    title = TEXTS.get(code, _UNNAMED).en
    body = msgspec.json.encode(_Body(type=f"/problems/{code}", title=title, status=status, detail=detail, errors=faults))
    return Problem(status=status, code=code, headers=headers, body=body)


def _headers(error: AppError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": error.challenge}
    if isinstance(error, Unavailable):
        return {"Retry-After": str(error.retry_after)}
    return {}


def _fault(fault: Fault) -> dict[str, str]:
    return {"pointer": fault.pointer, "detail": fault.detail}


def _parameters(error: ValidationException) -> tuple[dict[str, str], ...]:
    """Litestar's word on query, path and header parameters, without the address and the values that it repeats."""
    if missing := _MISSING.match(error.detail):
        return ({"parameter": missing["name"], "detail": "Missing"},)
    extras: list[dict[str, Any]] = error.extra if isinstance(error.extra, list) else []
    return tuple(_parameter(str(extra.get("key", "")), str(extra.get("message", ""))) for extra in extras)


def _parameter(key: str, message: str) -> dict[str, str]:
    if key == "data":
        return {"pointer": "#", "detail": "Missing"}
    return {"parameter": key, "detail": _QUOTED.sub("'…'", message)}


def response(problem: Problem) -> Response[bytes]:
    """The problem over HTTP."""
    return Response(problem.body, status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def outcome(status: int) -> str:
    """One word for log lines and spans."""
    if status < _INPUT:
        return "done"
    return _OUTCOMES.get(status, "invalid" if status < _FAILED else "failed")


def report(problem: Problem, error: BaseException) -> None:
    """Log what is ours to look at, once, at the edge that answers: a dependency that is away, or a bug."""
    if problem.status >= _FAILED:
        level = logging.WARNING if isinstance(error, Unavailable) else logging.ERROR
        logs.failure("request.failed", error, level=level, problem=problem.code)


@get("/problems/{code:str}", opt={"public": True}, media_type=MediaType.HTML, include_in_schema=False, sync_to_thread=False)
def explain(code: FromPath[str]) -> str:
    """The page that a problem's type leads to, for whoever got one: what it means and what to do, in both languages."""
    text = TEXTS.get(code)
    if text is None:
        raise NotFound
    return _PAGE.substitute({name: html.escape(value) for name, value in (msgspec.structs.asdict(text) | {"code": code}).items()})


_PAGE = string.Template("""<!doctype html>
<html lang="sv">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>$sv – Samsyn</title></head>
<body><main>
<h1>$sv</h1>
<p>$sv_help</p>
<section lang="en"><h2>$en</h2><p>$en_help</p></section>
<p><code>$code</code></p>
</main></body>
</html>
""")
