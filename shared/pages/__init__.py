"""What every page of every house stands on: the base template, one small style sheet, the reader's language."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response, get

Language = Literal["sv", "en"]
STYLE = "/assets/samsyn.css"
"""Where the style sheet is in every house."""
HERE = Path(__file__).parent
A_DAY = "public, max-age=86400"


@cache
def environment(folder: Path) -> Environment:
    """Templates of one house over the shared ones. Everything is escaped, and a name that is missing is an error."""
    return Environment(
        loader=FileSystemLoader([folder, HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def language_of(wanted: str | None, accepted: str | None) -> Language:
    """What the address says, else the first of the browser's languages that we have, else Swedish."""
    if wanted in {"sv", "en"}:
        return "en" if wanted == "en" else "sv"
    named = (part.split(";")[0].strip().lower()[:2] for part in (accepted or "").split(","))
    return "en" if next((name for name in named if name in {"sv", "en"}), "sv") == "en" else "sv"


def render(folder: Path, template: str, language: Language, **values: Any) -> str:
    """One page. The base template wants `title`, `path` (of this page, for the other language) and `t` (its own words)."""
    other = "en" if language == "sv" else "sv"
    return environment(folder).get_template(template).render(language=language, other=other, style=STYLE, **values)


def html(body: str) -> Response[str]:
    """A page whose words depend on the browser's language."""
    return Response(body, media_type=MediaType.HTML, headers={"Vary": "Accept-Language"})


@get(STYLE, opt={"public": True}, include_in_schema=False, sync_to_thread=False)
def style() -> Response[bytes]:
    """The one style sheet."""
    return Response(files("shared.pages").joinpath("samsyn.css").read_bytes(), media_type="text/css", headers={"Cache-Control": A_DAY})


ROUTES: Sequence[Any] = (style,)
