"""The provider's pages: plain forms, Swedish or English, each marked as being for development only."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response

TEXTS: Final[dict[str, dict[str, str]]] = {
    "sv": {
        "mark": "Endast utveckling",
        "mark_text": "Här finns ingen riktig inloggning. Alla personer är påhittade.",
        "choose": "Vem vill du vara?",
        "to": "Du loggar in till",
        "other_language": "In English",
        "number": "Någon annan, med personnummer (tolv siffror)",
        "go_on": "Logga in",
        "cancel": "Avbryt",
        "current": "inloggad nu",
        "fault": "Inloggningen kan inte fortsätta",
        "logout": "Logga ut?",
        "logout_text": "Du loggas ut här och hos alla tjänster som du loggat in till härifrån.",
        "log_out": "Logga ut",
        "logged_out": "Du är utloggad",
    },
    "en": {
        "mark": "Endast utveckling – development only",
        "mark_text": "There is no real login here. Everybody is made up.",
        "choose": "Who do you want to be?",
        "to": "You are logging in to",
        "other_language": "På svenska",
        "number": "Somebody else, by personal number (twelve digits)",
        "go_on": "Log in",
        "cancel": "Cancel",
        "current": "logged in now",
        "fault": "The login cannot go on",
        "logout": "Log out?",
        "logout_text": "You will be logged out here and at every service that you logged in to from here.",
        "log_out": "Log out",
        "logged_out": "You are logged out",
    },
}

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, locale: str, **values: Any) -> str:
    """A page in one of the two languages."""
    other = "en" if locale == "sv" else "sv"
    return _ENVIRONMENT.get_template(template).render(locale=locale, other=other, t=TEXTS[locale], **values)


def answer(body: str, *, status: int = 200, form_targets: Iterable[str] = ()) -> Response[bytes]:
    """The page with the headers that keep it from being framed, cached, scripted or told of elsewhere."""
    targets = " ".join(("'self'", *form_targets))
    policy = f"default-src 'none'; style-src 'self'; form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return Response(body.encode("utf-8"), status_code=status, media_type="text/html", headers=headers)
