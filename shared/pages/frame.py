"""What lies around every page: language, navigation, who is logged in and for how long, the token of its forms."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared import csrf
from shared.pages import assets
from shared.pages.formats import Formats
from shared.pages.languages import FIRST, Language, Tongue, direction, tongues
from shared.pages.texts import catalogue

HERE = Path(__file__).parent


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the navigation; `text` is a message id. Shown to callers with all of `scopes`."""

    href: str
    text: str
    scopes: frozenset[str] = frozenset()


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """`frame` in the base template."""

    language: Language
    path: str
    tongues: tuple[Tongue, ...]
    name: str = ""
    """The house as its readers know it; a message id."""
    navigation: tuple[Item, ...] = ()
    csrf: str | None = None
    """None where nobody is logged in: then a page has no form that changes something."""
    owner: str = ""
    ends_at: datetime | None = None
    """When the session is over unless it is used."""
    themed: bool = False
    logo: bool = False
    scripted: bool = True
    """Whether the page loads our script; a page that is the same for everybody has nothing for it to do."""
    footer: tuple[Item, ...] = ()

    @property
    def home(self) -> str:
        """Where the name leads: the first entry of the reader's menu, else the front door."""
        return self.navigation[0].href if self.navigation else "/"

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return direction(self.language)


@cache
def environment(folder: Path, language: Language) -> Environment:
    """Templates of one house over the shared ones, in one language. All is escaped, a name that is missing is an error."""
    made = Environment(
        loader=FileSystemLoader([folder, HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    words = catalogue(language, (folder.parent / "texts",))
    extension: Any = made  # the extension adds the method
    extension.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)
    made.policies["ext.i18n.trimmed"] = True
    formats = Formats(language)
    made.filters |= {
        "day": formats.day,
        "weekday": formats.weekday,
        "moment": formats.moment,
        "clock": formats.clock,
        "second": formats.second,
        "number": formats.number,
        "listed": formats.listed,
    }
    made.globals |= {
        "csrf_field": csrf.FIELD,
        "style": assets.address("samsyn.css"),
        "script": assets.address("samsyn.js"),
        "htmx": assets.address(assets.HTMX),
        "htmx_sri": assets.HTMX_SRI,
    }
    return made


def render(folder: Path, template: str, language: Language, *, path: str, among: Sequence[Language] = FIRST, **values: Any) -> str:
    """A page that is the same for everybody: nobody logged in, no navigation."""
    frame = Frame(language=language, path=path, tongues=tongues(path, language, among), scripted=False)
    return environment(folder, language).get_template(template).render(frame=frame, **values)
