"""The desk's texts in Swedish and English."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

LANGUAGES = ("sv", "en")
Pair = tuple[str, str]


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `texts.toml`; each text is [Swedish, English]."""

    texts: dict[str, Pair]
    categories: dict[str, Pair]
    purposes: dict[str, Pair]
    fields: dict[str, dict[str, Pair]]
    options: dict[str, Pair]


@cache
def catalogue() -> Catalogue:
    """Read once."""
    return msgspec.convert(tomllib.loads(files("samsyn_connect.desk").joinpath("texts.toml").read_text(encoding="utf-8")), Catalogue)


class Words:
    """The catalogue in one language. What it has no text for is shown by its code, so that nothing is hidden."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.other = "en" if language == "sv" else "sv"
        self._place = LANGUAGES.index(language)

    def __call__(self, key: str, **values: str) -> str:
        """A text by its key, with its values put in."""
        return self._of(catalogue().texts, key).format(**values)

    def or_other(self, prefix: str, code: str) -> str:
        """The text `<prefix>-<code>`, else `<prefix>-other`."""
        key = f"{prefix}-{code}"
        return self(key if key in catalogue().texts else f"{prefix}-other")

    def category(self, code: str) -> str:
        """A leaf category."""
        return self._of(catalogue().categories, code)

    def purpose(self, code: str) -> str:
        """A purpose, as the end of a sentence."""
        return self._of(catalogue().purposes, code)

    def field(self, category: str, name: str) -> str:
        """The label of a field of content."""
        return self._of(catalogue().fields.get(category, {}), name)

    def option(self, code: str) -> str:
        """A value of a closed list; anything else as it is."""
        return self._of(catalogue().options, code)

    def _of(self, table: dict[str, Pair], key: str) -> str:
        return table[key][self._place] if key in table else key
