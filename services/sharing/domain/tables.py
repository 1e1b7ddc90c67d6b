"""The tables of law, loaded, checked and indexed once at start: what is wrong with them keeps the house from starting."""

import hashlib
import pathlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import product
from typing import Any, TypeVar

import msgspec

from services.sharing.domain.catalogue import BrokenModels, Catalogue, files_of, local_files, read_catalogue
from services.sharing.domain.checks import check
from services.sharing.domain.facts import ItemFacts
from services.sharing.domain.models import Model
from services.sharing.domain.rows import WILD, WILD_INFO, CategoryRow, ConsentRule, Need, Path, RegimeRow, Row, Status, Text
from shared.law.codes import Info, LeafCategory, Purpose, Regime

S = TypeVar("S", bound=msgspec.Struct)

__all__ = [
    "BrokenTables",
    "CategoryRow",
    "ConsentRule",
    "Need",
    "Path",
    "RegimeRow",
    "Row",
    "Status",
    "Tables",
    "Text",
    "build",
    "load",
    "read",
]

Key = tuple[Regime, Regime, Purpose, Info]


ACCOMPANYING = frozenset({LeafCategory.IDENTITY, LeafCategory.WHEREABOUTS})
"""What goes along with an item so that the receiver knows whom it is about."""


class BrokenTables(Exception):
    """The rules contradict themselves or leave something unsaid; the message names the row."""


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """All rules as of one version of the files. `sha256` stands in every decision."""

    regimes: Mapping[Regime, RegimeRow]
    categories: Mapping[LeafCategory, CategoryRow]
    rows: tuple[Row, ...]
    """As written, wildcards expanded."""
    index: Mapping[Key, tuple[Row, ...]]
    """By question; each row only with the paths that exist between these two regimes."""
    by_id: Mapping[str, Row]
    needs: Mapping[tuple[Purpose, LeafCategory], Need]
    infos: Mapping[tuple[LeafCategory, Regime], Info]
    models: Mapping[str, Model]
    catalogue: Catalogue
    """The models with their overlays and word lists."""
    texts: Mapping[str, Text]
    sha256: str

    def info(self, category: LeafCategory, holder: Regime) -> Info:
        """What the law calls this category when this regime holds it."""
        return self.infos[category, holder]

    def info_for(self, facts: ItemFacts) -> Info:
        """What the law calls this item.

        A risk of crime is a suspicion once the crime is committed (OSL 10:18 a, 10:23; DESIGN 9, IC16). Identity and contact that go
        along with another item follow that item's row (needs lawyer).
        """
        category = facts.category
        if facts.along_with is not None and category in ACCOMPANYING:
            category = facts.along_with
        info = self.infos[category, facts.discloser.regime]
        return Info.SUSPICION if info is Info.RISK and facts.committed_crime else info

    def row(self, key: Key, on: date) -> Row | None:
        """The one row for a question on a day, or None: ask a human."""
        for row in self.index.get(key, ()):
            if row.holds(on):
                return row
        return None

    def row_for(self, facts: ItemFacts) -> Row | None:
        """The row for an item, also where the law goes by the holder's profession (FB 6:20 c)."""
        row = self.row((facts.discloser.regime, facts.recipient.regime, facts.purpose, self.info_for(facts)), facts.on)
        if row is not None and facts.profession is not None and facts.profession in row.by_profession:
            return self.by_id[row.by_profession[facts.profession]]
        return row

    def need(self, purpose: Purpose, category: LeafCategory) -> Need:
        """The golden rule's limits for this purpose and category; the checks say that there is one for each pair."""
        return self.needs[purpose, category]

    def gap(self, discloser: Regime, recipient: Regime) -> int:
        """How many steps weaker the receiver protects; 0 when it protects as well."""
        return max(0, self.regimes[discloser].level - self.regimes[recipient].level)


def load(local: pathlib.Path | None = None) -> Tables:
    """Read, check and index the tables of this package, and the collaboration models of a folder of one's own. Raises BrokenTables."""
    raw = read(files("services.sharing").joinpath("rules"))
    own = {} if local is None else local_files(local)
    if taken := sorted(raw.keys() & own.keys()):
        raise BrokenTables(f"{', '.join(taken)}: a local model has a name of its own, it replaces none")
    return build(raw | own)


def read(root: Traversable) -> dict[str, bytes]:
    """The files of one folder of tables by name, `matrix/support.toml`; raises OSError where one is missing."""
    raw = {name: root.joinpath(name).read_bytes() for name in ("regimes.toml", "categories.toml", "needs.toml")}
    for folder in ("matrix", "texts"):
        raw |= {f"{folder}/{file.name}": file.read_bytes() for file in _toml(root.joinpath(folder))}
    return raw | files_of(root.joinpath("models"))


def build(raw: Mapping[str, bytes]) -> Tables:
    """Tables from the bytes of the files by name; separate from `load` so that tests can break one, and a diff can take another."""
    try:
        regimes = _structs(RegimeRow, raw, "regimes.toml", "regime")
        categories = _structs(CategoryRow, raw, "categories.toml", "category")
        rows = tuple(_expand(one, Row) for one in _listed(raw, "matrix/", "row"))
        needs = _structs(Need, raw, "needs.toml", "need")
        catalogue = read_catalogue(raw)
        texts = _texts(raw)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, KeyError, BrokenModels) as error:
        raise BrokenTables(str(error)) from error
    by_regime, by_category = {r.code: r for r in regimes}, {c.code: c for c in categories}
    tables = Tables(
        regimes=by_regime,
        categories=by_category,
        rows=rows,
        index=_index(rows),
        by_id={row.id: row for row in rows},
        needs=_needs(needs),
        infos={
            (category, regime): row.by_regime.get(regime) or row.info or by_regime[regime].own_info
            for category, row in by_category.items()
            for regime in by_regime
        },
        models=catalogue.models,
        catalogue=catalogue,
        texts=texts,
        sha256=hashlib.sha256(b"".join(name.encode() + b"\0" + body + b"\0" for name, body in sorted(raw.items()))).hexdigest(),
    )
    if (broken := check(tables)) is not None:
        raise BrokenTables(broken)
    return tables


def _toml(folder: Traversable) -> list[Traversable]:
    return sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)


def _structs(kind: type[S], raw: Mapping[str, bytes], name: str, key: str) -> list[S]:
    return msgspec.convert(tomllib.loads(raw[name].decode())[key], list[kind])  # type: ignore[valid-type]


def _listed(raw: Mapping[str, bytes], folder: str, key: str) -> list[dict[str, Any]]:
    return [one for name in sorted(raw) if name.startswith(folder) for one in tomllib.loads(raw[name].decode())[key]]


def _expand(one: dict[str, Any], kind: type[S]) -> S:
    """A row with its wildcards written out."""
    wild = WILD in one.get("from", ()) or WILD in one.get("to", ())
    written = dict(one)
    for side in ("from", "to"):
        if one.get(side) == [WILD]:
            written[side] = list(Regime)
    if one.get("info") == [WILD_INFO]:
        written["info"] = list(Info)
    return msgspec.convert({**written, "wild": wild}, kind)


def _texts(raw: Mapping[str, bytes]) -> dict[str, Text]:
    texts: dict[str, Text] = {}
    for name in sorted(raw):
        if not name.startswith("texts/"):
            continue
        own = msgspec.convert(tomllib.loads(raw[name].decode()), dict[str, Text])
        for twice in own.keys() & texts.keys():
            raise BrokenTables(f"{twice} has two texts")
        texts |= own
    return texts


def _index(rows: Iterable[Row]) -> dict[Key, tuple[Row, ...]]:
    index: dict[Key, tuple[Row, ...]] = {}
    for row in rows:
        for discloser, recipient in product(row.discloser, row.recipient):
            fitting = msgspec.structs.replace(row, paths=tuple(path for path in row.paths if path.fits(discloser, recipient)))
            for purpose, info in product(row.purpose, row.info):
                key = (discloser, recipient, purpose, info)
                for other in index.get(key, ()):
                    if _overlap(row, other):
                        raise BrokenTables(f"{row.id} and {other.id} answer the same question: {' '.join(key)}")
                index[key] = (*index.get(key, ()), fitting)
    return index


def _overlap(one: Row, other: Row) -> bool:
    return (one.valid_to is None or other.valid_from <= one.valid_to) and (other.valid_to is None or one.valid_from <= other.valid_to)


def _needs(needs: Sequence[Need]) -> dict[tuple[Purpose, LeafCategory], Need]:
    found: dict[tuple[Purpose, LeafCategory], Need] = {}
    for need in (n for n in needs if n.category):
        for pair in product(need.purpose, need.category):
            if pair in found:
                raise BrokenTables(f"needs.toml says twice what {pair[0]} needs of {pair[1]}")
            found[pair] = need
    rest: set[Purpose] = set()
    for need in (n for n in needs if not n.category):
        for purpose in need.purpose:
            if purpose in rest:
                raise BrokenTables(f"needs.toml has two rests for {purpose}")
            rest.add(purpose)
            found = {(purpose, category): need for category in LeafCategory} | found
    return found
