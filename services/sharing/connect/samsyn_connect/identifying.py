"""Does a text point somebody out? A check of words and patterns that warns; a human reads the text and attests (GDPR recital 26).

It finds what is written, not what is meant: a text without findings can still be recognised by somebody who knows the child.
Findings say what kind of thing stands where, and never repeat it, so that they may be shown, counted and logged.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

KINDS = (
    "personal-number",
    "case-number",
    "phone",
    "birth-date",
    "e-mail",
    "address",
    "school",
    "name",
    "place",
    "family",
    "re-identification",
)
"""Every kind of finding; `re-identification` is something rare in a text that also names a small place."""
CHECKED = frozenset({"deidentified-question"})
"""Categories of content that must not point anybody out."""

_CAPITAL = r"[A-ZÅÄÖÉ][a-zåäöéüøæ]+"
_MONTHS = "jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec"
_DATE = rf"(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{6}}|\d{{1,2}}[/.]\d{{1,2}}(?:[ -/.]\d{{2,4}})?|\d{{1,2}}(?::e)? (?:{_MONTHS})[a-z]*(?: \d{{4}})?)"
_DIGITS = re.compile(r"(?<![\d/:])\+?\d(?:[ \-–+.]{0,3}\d){7,14}(?![\d/:])")
_PATTERNS = (
    (
        "case-number",
        re.compile(
            r"(?i:\b(?:dnr|diarienr|diarienummer|ärendenummer|ärendenr|ärende|målnummer|målnr|mål)\b\.?:?)"
            r"\s*(?:nr\.?\s*)?[A-ZÅÄÖ]{0,4}[ -]?\d[\d/:-]{2,12}|\b[A-ZÅÄÖ]{1,5}[ -]?(?:20\d\d[/:-]\d{1,6}|\d{2,6}-\d{2})\b"
            r"|\b20\d\d[/:]\d{3,6}\b"
            r"(?<!/20\d\d)"
        ),
    ),
    (
        "birth-date",
        re.compile(rf"(?i:\b(?:född|födda|födelsedatum|födelsedag|fyller)\b[^\d.\n]{{0,20}}(?:\d{{1,2}} år )?(?:den )?){_DATE}"),
    ),
    ("e-mail", re.compile(r"[\w.+-]+ ?(?:@|\(at\)|\[at\]) ?[\w-]+(?:\.[\w-]+)+")),
    (
        "address",
        re.compile(
            rf"\b(?:{_CAPITAL} )?[A-ZÅÄÖ][a-zåäöé]*(?:gatan|vägen|gränd|gränden|stigen|backen|torget|allén|leden|liden|kajen)\b"
            r"(?: \d{1,4} ?[A-Fa-f]?\b)?"
            rf"|\b{_CAPITAL} (?:Torget|Gatan|Vägen|Gränd|Allén) \d{{1,4}}\b|\b\d{{3}} ?\d{{2}} [A-ZÅÄÖ][a-zåäö]+\b"
        ),
    ),
    (
        "school",
        re.compile(
            rf"\b[A-ZÅÄÖ][a-zåäöé]+(?:skolan|skola|gymnasiet|gymnasium)s?\b|\b{_CAPITAL} (?:skola|friskola|förskola|gymnasium)\b"
            rf"|\b(?:[Ff]örskolan|[Ss]kolan|[Aa]vdelningen|[Ff]ritids) {_CAPITAL}\b|\b[Kk]lass \d ?[A-Fa-f]\b|\b[1-9][A-F]\b"
        ),
    ),
)
_SURNAME = (
    r"[A-ZÅÄÖ][a-zåäöéü]*(?:sson|ström|berg|lund|gren|qvist|kvist|dotter|stedt|strand|holm|mark"
    r"|quist|ssen|dahl|sjö|blad|son|vall|lind|feldt)"
)
_CUE = (
    r"(?:[Hh]eter|[Kk]allas|[Mm]amma|[Pp]appa|[Ss]yster|[Bb]ror|[Ss]on|[Dd]otter|[Pp]ojken|[Ff]lickan|[Ee]leven|[Ll]äraren|[Mm]entorn|[Rr]ektor"
    r"|[Kk]uratorn?|[Ss]kolsköterskan|[Ss]ocialsekreteraren|[Kk]ompisen|[Hh]älsningar|[Mm]vh|[Mm]vh,)"
)
_NAMES = (
    re.compile(rf"\b{_CAPITAL}(?:-{_CAPITAL})? {_SURNAME}s?\b"),
    re.compile(rf"\b{_CUE},? ({_CAPITAL}(?: {_CAPITAL})?)\b"),
)
_BEGINS = re.compile(r"(?:^|[.!?:;–(\"”]\s*|\n[-*•\s]*)$")
"""What stands before the first word of a sentence."""
_WORD = re.compile(rf"\b{_CAPITAL}\b")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Who and what the sender knows of: each word is looked for as it stands, whatever its case."""

    names: tuple[str, ...] = ()
    """Of the child, its guardians and siblings, the staff."""
    numbers: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A kind of thing, where it stands: characters [start, end) of the text at `at` (a JSON pointer of the content, or empty)."""

    at: str = ""
    start: int
    end: int
    kind: str


class Identifying(ValueError):
    """Content that may point somebody out and that nobody has attested. Its words name kinds and pointers only."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("may point somebody out: " + ", ".join(sorted({f"{found.kind} at {found.at}" for found in findings})))
        self.findings = findings


class _Lists(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    given: str
    ambiguous: str
    places: tuple[str, ...]
    rare: str
    harmless: str
    family: str
    schools_in_general: str


def find(text: str, known: Known | None = None) -> tuple[Finding, ...]:
    """What in the text may point somebody out, in its order. Two kinds never share a place but for `re-identification`."""
    lists, known = _lists(), known or Known()
    found = _Spans()
    for start, end, kind in _numbers(text, known):
        found.add(start, end, kind)
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if kind == "school" and match[0].lower().removesuffix("s") in lists.schools_in_general.split():
                continue
            found.add(*match.span(), kind)
    for start, end in _words(text, known.schools):
        found.add(start, end, "school")
    for start, end in _words(text, (*lists.places, *known.places)):
        found.add(start, end, "place")
    for start, end in _names(text, known, lists):
        found.add(start, end, "name")
    for start, end in _stems(text, lists.family):
        found.add(start, end, "family")
    if any(finding.kind == "place" for finding in found.all):
        found.all.extend(Finding(start=start, end=end, kind="re-identification") for start, end in _stems(text, lists.rare))
    return tuple(sorted(found.all))


def check(category: str, content: Any, known: Known | None = None) -> tuple[Finding, ...]:
    """`find` in every text of content of a category that must not point anybody out; nothing for the others."""
    if category not in CHECKED:
        return ()
    return tuple(msgspec.structs.replace(finding, at=pointer) for pointer, text in _texts(content, "") for finding in find(text, known))


class _Spans:
    """Findings that do not overlap: who comes first keeps its place."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def add(self, start: int, end: int, kind: str) -> None:
        if all(end <= other.start or other.end <= start for other in self.all):
            self.all.append(Finding(start=start, end=end, kind=kind))


@cache
def _lists() -> _Lists:
    return msgspec.convert(tomllib.loads(files("samsyn_connect").joinpath("identifying.toml").read_text(encoding="utf-8")), _Lists)


def _numbers(text: str, known: Known) -> Iterator[tuple[int, int, str]]:
    """Personal and coordination numbers however they are spaced, and telephone numbers."""
    secret = {re.sub(r"\D", "", number)[-10:] for number in known.numbers}
    for match in _DIGITS.finditer(text):
        plain = re.sub(r"\D", "", match[0])
        if _is_personal(match[0], plain) or (plain and plain[-10:] in secret):
            yield *match.span(), "personal-number"
        elif match[0].startswith(("0", "+46")) and 8 <= len(plain) <= 13:  # noqa: PLR2004  numbers of the Swedish plan, with or without 46
            yield *match.span(), "phone"


def _is_personal(written: str, plain: str) -> bool:
    """By its date alone: a number with a slip of the pen still points somebody out. Days from 61 are coordination numbers'."""
    if len(plain) not in {10, 12} or (len(plain) == 12 and plain[:2] not in {"19", "20"}):  # noqa: PLR2004
        return False
    if len(plain) == 10 and plain[0] == "0" and not re.fullmatch(r"\d{6} ?[-+–]? ?\d{4}", written):  # noqa: PLR2004  07… is a telephone
        return False
    if len(plain) == 10 and plain.startswith("07") and written.isdigit():  # noqa: PLR2004
        return False
    month, day = int(plain[-8:-6]), int(plain[-6:-4])
    return 1 <= month <= 12 and (1 <= day <= 31 or 61 <= day <= 91)  # noqa: PLR2004


def _names(text: str, known: Known, lists: _Lists) -> Iterator[tuple[int, int]]:
    """Known names, a word before a surname's ending or after one that presents somebody, a capital inside a sentence (Swedish writes
    only names so), and common given names wherever they stand.
    """
    parts = [part for name in known.names for part in name.split() if len(part) > 2]  # noqa: PLR2004  "af", "de"
    for pattern in _NAMES:
        for match in pattern.finditer(text):
            yield match.span(match.lastindex or 0)
    yield from _words(text, tuple(parts))
    for match in _WORD.finditer(text):
        if match[0].lower() not in f"{lists.harmless} {lists.schools_in_general}".split() and not _BEGINS.search(text[: match.start()]):
            yield match.span()
    given, ambiguous = set(lists.given.split()), set(lists.ambiguous.split())
    for match in _WORD.finditer(text):
        word = match[0].lower()
        after = re.match(rf" {_CAPITAL}", text[match.end() :])
        stem = word if word in given else word.removesuffix("s")
        if stem in given or (stem in ambiguous and after):
            yield match.start(), match.end() + (after.end() if after else 0)


def _words(text: str, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    for word in words:
        if word:
            yield from (match.span() for match in re.finditer(rf"(?i)\b{re.escape(word)}s?\b", text))


def _stems(text: str, stems: str) -> Iterator[tuple[int, int]]:
    for stem in stems.split(","):
        pattern = re.escape(" ".join(stem.split())).replace(r"\ ", r"\s+")
        yield from (match.span() for match in re.finditer(rf"(?i)\b{pattern}\w*", text))


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _texts(part, f"{pointer}/{place}")
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _texts(part, f"{pointer}/{name}")
