"""Every sentence of a page is in every language that the page has, nothing is translated that no page says, no template says more.

`SAMSYN_WRITE_TEXTS=1 python -m pytest tests/rules/test_page_texts.py` adds what is missing to the catalogues, untranslated, and takes
away what nothing uses; the test stays red until somebody has written the words.
"""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from tests.rules.code import ROOT

KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
SHARED = ROOT / "shared/pages"
HOUSES = [ROOT / f"services/{house}/pages" for house in ("consent", "sharing", "audit")]
LANGUAGES = {SHARED: ("en", "ar"), HOUSES[0]: ("en", "ar"), HOUSES[1]: ("en",), HOUSES[2]: ("en",)}
CATALOGUES = [(folder, language) for folder, languages in LANGUAGES.items() for language in languages]
PLACE = re.compile(r"%\((\w+)\)s")
SWEDISH = re.compile(r"[åäöÅÄÖ]|\b(och|eller|inte|att|som|för|är)\b")
# Sentences of the rules' page are its own (`rules_words.py`), in both languages beside each other
BESIDE = {"services/sharing/pages/templates/rules.html"}

HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""Without dates and names, so that the file changes only with its words."""

Ids = dict[str | tuple[str, str], str]


def said_in(folder: Path) -> Ids:
    """Every sentence that the pages of a folder say, with a place where it stands."""
    found: Ids = {}
    for file in sorted(folder.rglob("*")):
        method = {".py": "python", ".html": "jinja2.ext:babel_extract"}.get(file.suffix)
        if method is None:
            continue
        options = {"newstyle_gettext": "true", "trimmed": "true", "extensions": "jinja2.ext.do", "silent": "false"}
        for line, message, _, _ in extract_from_file(
            method, str(file), keywords=KEYWORDS, options=options if file.suffix == ".html" else {}
        ):
            identity = message if isinstance(message, str) else (message[0], message[1])
            found.setdefault(identity, f"{file.relative_to(ROOT)}:{line}")
    return found


def spoken(folder: Path) -> Ids:
    """What a folder's catalogues must hold: a house has the shared words from the base."""
    own = said_in(folder)
    base = {} if folder == SHARED else said_in(SHARED)
    return {text: place for text, place in own.items() if text not in base}


def catalogue_of(folder: Path, language: str) -> Catalog:
    file = folder / "texts" / f"{language}.po"
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def written(catalogue: Catalog) -> Iterator[tuple[str | tuple[str, str], tuple[str, ...]]]:
    for message in catalogue:
        if message.id:
            identity = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
            yield identity, (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def write(folder: Path, language: str, wanted: Ids) -> None:
    before = dict(written(catalogue_of(folder, language)))
    made = Catalog(locale=language, project="samsyn", charset="utf-8")
    for identity in sorted(wanted, key=str):
        said = before.get(identity, ())
        made.add(identity, string=(said[0] if said else "") if isinstance(identity, str) else said or None)
    file = folder / "texts" / f"{language}.po"
    file.parent.mkdir(exist_ok=True)
    out = io.BytesIO()
    write_po(out, made, width=0, omit_header=True, sort_output=True)
    file.write_text(HEADER.format(language=language) + out.getvalue().decode(), encoding="utf-8")


@pytest.mark.parametrize(("folder", "language"), CATALOGUES, ids=[f"{folder.parent.name}-{language}" for folder, language in CATALOGUES])
def test_every_sentence_of_a_page_is_in_every_language_of_the_page(folder: Path, language: str) -> None:
    wanted = spoken(folder)
    if os.environ.get("SAMSYN_WRITE_TEXTS"):
        write(folder, language, wanted)

    there = {identity for identity, said in written(catalogue_of(folder, language)) if all(said) and said}
    assert {text: place for text, place in wanted.items() if text not in there} == {}
    assert there - wanted.keys() == set(), "no page says this any more"


@pytest.mark.parametrize(("folder", "language"), CATALOGUES, ids=[f"{folder.parent.name}-{language}" for folder, language in CATALOGUES])
def test_a_translation_has_the_same_places_to_fill_in(folder: Path, language: str) -> None:
    for identity, said in written(catalogue_of(folder, language)):
        wanted = set(PLACE.findall(identity if isinstance(identity, str) else identity[1]))
        assert [text for text in said[-1:] if set(PLACE.findall(text)) != wanted] == [], identity


def test_no_template_says_a_word_past_the_catalogues() -> None:
    wrong = []
    for file in sorted([*SHARED.rglob("*.html"), *(html for house in HOUSES for html in house.rglob("*.html"))]):
        if file.relative_to(ROOT).as_posix() in BESIDE:
            continue
        text = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        text = re.sub(r"\{\{.*?\}\}|\{%\s*trans.*?endtrans\s*%\}|\{%.*?%\}", " ", text, flags=re.DOTALL)
        text = re.sub(r"<[^>]*>", " ", text)
        if match := SWEDISH.search(text):
            wrong.append(f"{file.relative_to(ROOT)}: {text[max(0, match.start() - 20) : match.end() + 20].strip()}")
    assert wrong == []
