"""The tables of law as structs, loaded and checked once at start: what is wrong with them keeps the house from starting."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product
from typing import Any, TypeVar

import msgspec

from services.sharing.domain.models import Model
from shared.law.codes import Attestation, Info, Label, LeafCategory, Purpose, Regime, Tell

S = TypeVar("S", bound=msgspec.Struct)


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of any table: an unknown key is a mistake of ours, not something to pass over."""


class RegimeRow(_Table, frozen=True, kw_only=True):
    """One secrecy regime; `level` 4 absolute to 0 none."""

    code: Regime
    sv: str
    en: str
    law: str
    strength: str
    level: int
    family: str
    own_info: Info
    public: bool


class CategoryRow(_Table, frozen=True, kw_only=True):
    """One leaf category; `info` is None where it is the holder's own code."""

    code: LeafCategory
    group: str
    sv: str
    en: str
    info: Info | None = None
    by_regime: Mapping[Regime, Info] = {}


class ConsentRule(StrEnum):
    """Whether a path needs the yes of those who dispose of the secrecy (OSL 12:2-3)."""

    NONE = "none"
    DISPOSER = "disposer"


class Path(_Table, frozen=True, kw_only=True):
    """One legal way: open when its consent holds and every attestation is yes."""

    basis: tuple[str, ...]
    consent: ConsentRule
    attest: tuple[Attestation, ...]
    sv: str
    en: str


class Status(StrEnum):
    """Whether a lawyer has signed the row."""

    VERIFIED = "verified"
    NEEDS_LAWYER = "needs lawyer"


class Row(_Table, frozen=True, kw_only=True, rename={"discloser": "from", "recipient": "to", "paths": "path"}):
    """One row of the matrix. The first path is the one to try first; the others are narrow exceptions."""

    id: str
    discloser: tuple[Regime, ...]
    recipient: tuple[Regime, ...]
    purpose: tuple[Purpose, ...]
    info: tuple[Info, ...]
    label: Label
    identity: bool
    tell: tuple[Tell, ...]
    law: tuple[str, ...]
    evidence: str
    status: Status
    valid_from: date
    paths: tuple[Path, ...] = ()
    valid_to: date | None = None
    note_sv: str | None = None
    note_en: str | None = None

    def holds(self, on: date) -> bool:
        """Whether the row is law on this day; both days count."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class Text(_Table, frozen=True, kw_only=True):
    """One code in words, for a tired counsellor."""

    sv: str
    en: str


Key = tuple[Regime, Regime, Purpose, Info]


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """All rules as of one version of the files. `sha256` stands in every decision."""

    regimes: Mapping[Regime, RegimeRow]
    categories: Mapping[LeafCategory, CategoryRow]
    rows: tuple[Row, ...]
    index: Mapping[Key, tuple[Row, ...]]
    models: Mapping[str, Model]
    texts: Mapping[str, Text]
    sha256: str

    def info(self, category: LeafCategory, holder: Regime) -> Info:
        """What the law calls this category when this regime holds it."""
        row = self.categories[category]
        return row.by_regime.get(holder) or row.info or self.regimes[holder].own_info

    def row(self, key: Key, on: date) -> Row | None:
        """The one row for a question on a day, or None: ask a human."""
        return next((row for row in self.index.get(key, ()) if row.holds(on)), None)

    def gap(self, discloser: Regime, recipient: Regime) -> int:
        """How many steps weaker the receiver protects; 0 when it protects as well."""
        return max(0, self.regimes[discloser].level - self.regimes[recipient].level)


class BrokenTables(Exception):
    """The rules contradict themselves or leave something unsaid; the message names the row."""


def load() -> Tables:
    """Read, check and index the tables of this package. Raises BrokenTables."""
    return build(read(files("services.sharing").joinpath("rules")))


def read(root: Traversable) -> dict[str, bytes]:
    """The files of one folder of tables by name; raises OSError where one is missing."""
    raw = {name: root.joinpath(name).read_bytes() for name in sorted(["regimes.toml", "categories.toml", "matrix.toml", "texts.toml"])}
    return raw | {
        f"models/{f.name}": f.read_bytes()
        for f in sorted(root.joinpath("models").iterdir(), key=lambda f: f.name)
        if f.name.endswith(".toml")
    }


def build(raw: Mapping[str, bytes]) -> Tables:
    """Tables from the bytes of the files by name; separate from `load` so that tests can break one."""
    try:
        regimes = _structs(RegimeRow, raw["regimes.toml"], "regime")
        categories = _structs(CategoryRow, raw["categories.toml"], "category")
        rows = tuple(_structs(Row, raw["matrix.toml"], "row"))
        texts = msgspec.convert(tomllib.loads(raw["texts.toml"].decode()), dict[str, Text])
        models = [msgspec.convert(tomllib.loads(body.decode()), Model) for name, body in raw.items() if name.startswith("models/")]
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise BrokenTables(str(error)) from error
    tables = Tables(
        regimes={r.code: r for r in regimes},
        categories={c.code: c for c in categories},
        rows=rows,
        index=_index(rows),
        models={m.id: m for m in models},
        texts=texts,
        sha256=hashlib.sha256(b"".join(name.encode() + b"\0" + body + b"\0" for name, body in sorted(raw.items()))).hexdigest(),
    )
    _check(tables)
    return tables


def _structs(kind: type[S], body: bytes, key: str) -> list[S]:
    return msgspec.convert(tomllib.loads(body.decode())[key], list[kind])  # type: ignore[valid-type]


def _index(rows: Iterable[Row]) -> dict[Key, tuple[Row, ...]]:
    index: dict[Key, tuple[Row, ...]] = {}
    for row in rows:
        for key in product(row.discloser, row.recipient, row.purpose, row.info):
            for other in index.get(key, ()):
                if (row.valid_to is None or other.valid_from <= row.valid_to) and (
                    other.valid_to is None or row.valid_from <= other.valid_to
                ):
                    raise BrokenTables(f"{row.id} and {other.id} answer the same question: {' '.join(key)}")
            index[key] = (*index.get(key, ()), row)
    return index


def _check(tables: Tables) -> None:
    for missing in set(Regime) - set(tables.regimes):
        raise BrokenTables(f"regime {missing} is not described")
    for left in set(LeafCategory) - set(tables.categories):
        raise BrokenTables(f"category {left} is not described")
    for row in tables.rows:
        if not row.law or (row.label is not Label.DENY and not row.paths):
            raise BrokenTables(f"{row.id} lacks its law or a path")
        if any(not path.basis for path in row.paths):
            raise BrokenTables(f"{row.id} has a path without a basis")
        if row.label is Label.DUTY and any(path.consent is not ConsentRule.NONE for path in row.paths):
            raise BrokenTables(f"{row.id} is a duty and must never wait for consent")
    codes: set[Any] = {code for enum in (Attestation, Tell, Label) for code in enum}
    for code in sorted(codes - set(tables.texts)):
        raise BrokenTables(f"{code} has no text")
