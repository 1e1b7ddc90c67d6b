"""Words of pages: gettext catalogues, read once at start, in memory.

The Swedish sentence is the message id, so templates and Python read as the page does; `texts/<language>.po` of a house (and those here,
for the base) hold the other languages. `tests/rules/test_texts.py` finds what is missing and what nothing uses any more.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from shared.pages.languages import Language

HERE = Path(__file__).parent
ORIGIN: Language = "sv"


def N_(text: str) -> str:  # noqa: N802  the name that extraction tools know
    """Marks a sentence of a table for translation; the page that shows it calls `_` on it."""
    return text


class Catalogue:
    """All words of one language for the pages of one house."""

    def __init__(self, entries: Mapping[str, tuple[str, ...]]) -> None:
        self._entries = entries

    def gettext(self, text: str) -> str:
        """The sentence in this language; itself where it has none, which a test forbids."""
        found = self._entries.get(text)
        return found[0] if found else text

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Singular or plural. Of Arabic's six forms the second is for one, and the last is written so that it fits every other number."""
        found = self._entries.get(one)
        if found is None:
            return one if number == 1 else many
        return found[1 if len(found) > len(("one", "many")) else 0] if number == 1 else found[-1]


@cache
def catalogue(language: Language, folders: tuple[Path, ...]) -> Catalogue:
    """The words of these folders over the shared ones. Swedish is what is written, so it has no file."""
    entries: dict[str, tuple[str, ...]] = {}
    if language != ORIGIN:
        for folder in (HERE / "texts", *folders):
            entries |= read(folder / f"{language}.po")
    return Catalogue(entries)


def read(file: Path) -> dict[str, tuple[str, ...]]:
    """A catalogue's translated sentences by message id; empty where there is no file."""
    if not file.exists():
        return {}
    with file.open("rb") as opened:
        messages: Any = read_po(opened, ignore_obsolete=True)
    found = {}
    for message in messages:
        one = message.id if isinstance(message.id, str) else message.id[0]
        said = (message.string,) if isinstance(message.string, str) else tuple(message.string)
        if one and all(said) and not message.fuzzy:
            found[one] = said
    return found
