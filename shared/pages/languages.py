"""Which language a reader gets, and how it stays: the address, else a cookie, else the browser, else Swedish."""

from collections.abc import Sequence
from typing import Any, Final, Literal
from urllib.parse import urlencode

import msgspec
from litestar import Request
from litestar.datastructures import Cookie

from shared.login.authenticate import read_cookie

Language = Literal["sv", "en", "ar"]
COOKIE: Final = "__Host-samsyn-language"
A_YEAR: Final = 365 * 24 * 3600
FIRST: Final[tuple[Language, ...]] = ("sv", "en")
"""What every page has. Pages of families have Arabic too."""
NAMES: Final[dict[Language, str]] = {"sv": "Svenska", "en": "English", "ar": "العربية"}
RIGHT_TO_LEFT: Final = frozenset({"ar"})


class Tongue(msgspec.Struct, frozen=True, kw_only=True):
    """One language of the switch."""

    code: Language
    name: str
    href: str
    current: bool


def language_of(wanted: str | None, accepted: str | None, among: Sequence[Language] = FIRST, kept: str | None = None) -> Language:
    """What the address says, else what was chosen before, else the first of the browser's languages that we have, else Swedish."""
    named = [part.split(";")[0].strip().lower()[:2] for part in (accepted or "").split(",")]
    for name in (wanted, kept, *named):
        for language in among:
            if name == language:
                return language
    return "sv"


def language_for(request: Request[Any, Any, Any], among: Sequence[Language] = FIRST) -> Language:
    """The language of this request's answer."""
    return language_of(request.query_params.get("lang"), request.headers.get("accept-language"), among, kept=read_cookie(request, COOKIE))


def choice_in(request: Request[Any, Any, Any], language: Language) -> list[Cookie]:
    """The cookie that keeps a choice made by this request. It says a language, nothing else, so it needs no consent (LEK 9:28)."""
    if request.query_params.get("lang") != language:
        return []
    return [Cookie(key=COOKIE, value=language, path="/", secure=True, httponly=True, samesite="lax", max_age=A_YEAR)]


def tongues(path: str, current: Language, among: Sequence[Language], query: Sequence[tuple[str, str]] = ()) -> tuple[Tongue, ...]:
    """The switch: this page in each language."""
    kept = [(name, value) for name, value in query if name != "lang"]
    return tuple(
        Tongue(code=code, name=NAMES[code], href=f"{path}?{urlencode([*kept, ('lang', code)])}", current=code == current) for code in among
    )


def direction(language: Language) -> str:
    """`rtl` or `ltr`, for the root element."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"
