"""What a family reads: who may tell whom what, why, until when, and what a withdrawal does."""

from datetime import date
from enum import StrEnum
from hashlib import sha256

import msgspec

from shared.law.codes import LeafCategory, Purpose


class Language(StrEnum):
    """Languages that every text has."""

    SWEDISH = "sv"
    ENGLISH = "en"
    ARABIC = "ar"


class Rendering(StrEnum):
    """For whom it is written."""

    STANDARD = "standard"
    EASY = "easy"
    CHILD = "child"


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in one language for one kind of reader."""

    title: str
    intro: str
    row: str
    until: str
    everybody: str
    refusal: str
    withdrawal: str
    kept: str
    law: str


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version in all languages and renderings: what an answer is bound to."""

    id: str
    version: int
    sv: dict[Rendering, Wording]
    en: dict[Rendering, Wording]
    ar: dict[Rendering, Wording] = {}
    """Empty in version 1."""

    def wording(self, language: Language, rendering: Rendering) -> Wording:
        """Raises KeyError where this version has it not."""
        spoken: dict[Rendering, Wording] = getattr(self, language)
        return spoken[rendering]


class Labels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the codes are called."""

    category: dict[LeafCategory, dict[Language, str]]
    purpose: dict[Purpose, dict[Language, str]]


class Texts(msgspec.Struct, frozen=True):
    """Text and labels together: their canonical bytes are hashed, so that a label cannot change behind an answer."""

    text: Text
    labels: Labels

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the canonical JSON of all languages and renderings."""
        return sha256(msgspec.json.encode(self, order="deterministic")).digest()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The names in one row's sentence."""

    row_number: int
    discloser: str
    recipient: str
    category: LeafCategory
    purpose: Purpose


class RowText(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to answer."""

    row: int
    sentence: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what is shown; its bytes are hashed into the served record."""

    text_id: str
    version: int
    language: Language
    rendering: Rendering
    title: str
    intro: str
    rows: tuple[RowText, ...]
    until: str
    everybody: str
    refusal: str
    withdrawal: str
    kept: str
    law: str

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the bytes shown."""
        return sha256(msgspec.json.encode(self, order="deterministic")).digest()


def page(texts: Texts, told: tuple[Told, ...], *, organisation: str, last_day: date, language: Language, rendering: Rendering) -> Page:
    """The page for one request. Only the reader's own rows belong in `told`."""
    if not getattr(texts.text, language):
        language = Language.SWEDISH  # asked in an earlier version: what is answered is what was written then
    wording = texts.text.wording(language, rendering)
    rows = tuple(RowText(row=one.row_number, sentence=_sentence(texts.labels, wording, one, language)) for one in told)
    return Page(
        text_id=texts.text.id,
        version=texts.text.version,
        language=language,
        rendering=rendering,
        title=wording.title,
        intro=wording.intro.format(organisation=organisation),
        rows=rows,
        until=wording.until.format(last_day=last_day.isoformat()),
        everybody=wording.everybody,
        refusal=wording.refusal,
        withdrawal=wording.withdrawal,
        kept=wording.kept,
        law=wording.law,
    )


def _sentence(labels: Labels, wording: Wording, told: Told, language: Language) -> str:
    return wording.row.format(
        discloser=told.discloser,
        recipient=told.recipient,
        category=labels.category[told.category][language],
        purpose=labels.purpose[told.purpose][language],
    )


def missing(texts: Texts) -> list[str]:
    """What has no text: a house with any of these refuses to start."""
    renderings = [f"{tongue}.{one}" for tongue in Language for one in Rendering if one not in getattr(texts.text, tongue)]
    names = texts.labels
    categories = [f"category.{one}.{tongue}" for one in LeafCategory for tongue in Language if tongue not in names.category.get(one, {})]
    purposes = [f"purpose.{one}.{tongue}" for one in Purpose for tongue in Language if tongue not in names.purpose.get(one, {})]
    return renderings + categories + purposes
