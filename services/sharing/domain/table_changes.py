"""What a change of the tables changes: which answers of the enumerated questions, from what to what (DESIGN 9)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any

import msgspec

from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import ConsentFact, ItemFacts, Judgements, Party
from services.sharing.domain.rows import Row
from services.sharing.domain.tables import Tables
from shared.contracts.consent import CoverageState
from shared.law.codes import Attestation, LeafCategory, Purpose, Regime

Cell = tuple[Regime, Regime, Purpose, LeafCategory]
YES = Judgements(necessary=True, relevant=True, proportionate=True)
CHILD, ADULT = 10, 19
EVERY = 2000
"""Cells between two words on how far it has come."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Answers that change alike: how many questions, one of them, under which facts."""

    old_row: str | None
    new_row: str | None
    old: str
    new: str
    when: str
    count: int
    example: Cell


class TableChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that differs between two versions of the tables."""

    cells: int
    changed: int
    changes: tuple[Change, ...]
    rows: tuple[str, ...]
    """Ids of rows that were added, removed or rewritten."""
    models: tuple[str, ...]
    texts: tuple[str, ...]


def compare(old: Tables, new: Tables, *, on: date, tell: Callable[[int, int], None] = lambda _done, _all: None) -> TableChanges:
    """Ask every question of both versions, as of a day. `tell` hears how many cells of how many have been looked at."""
    cells = list(product(Regime, Regime, Purpose, LeafCategory))
    counts: Counter[tuple[str | None, str | None, str, str, str]] = Counter()
    examples: dict[tuple[str | None, str | None, str, str, str], Cell] = {}
    changed = 0
    for place, cell in enumerate(cells):
        if place % EVERY == 0:
            tell(place, len(cells))
        rows = _row_of(old, cell, on), _row_of(new, cell, on)
        if _same(old, new, cell, *rows):
            continue
        found = dict.fromkeys(_changes_of(old, new, cell, rows, on))
        changed += bool(found)
        for key in found:
            counts[key] += 1
            examples.setdefault(key, cell)
    tell(len(cells), len(cells))
    return TableChanges(
        cells=len(cells),
        changed=changed,
        changes=tuple(
            Change(old_row=key[0], new_row=key[1], old=key[2], new=key[3], when=key[4], count=count, example=examples[key])
            for key, count in counts.most_common()
        ),
        rows=_differing({row.id: row for row in old.rows}, {row.id: row for row in new.rows}),
        models=_differing(old.models, new.models),
        texts=_differing(old.texts, new.texts),
    )


def _row_of(tables: Tables, cell: Cell, on: date) -> Row | None:
    discloser, recipient, purpose, category = cell
    return tables.row((discloser, recipient, purpose, tables.info(category, discloser)), on)


def _same(old: Tables, new: Tables, cell: Cell, before: Row | None, after: Row | None) -> bool:
    """Whether the answers cannot differ: the same row, also by profession, between the same regimes, under the same limits."""
    discloser, recipient, purpose, category = cell
    others = () if before is None else before.by_profession.values()
    return (
        before == after
        and all(old.by_id.get(row) == new.by_id.get(row) for row in others)
        and old.regimes[discloser] == new.regimes[discloser]
        and old.regimes[recipient] == new.regimes[recipient]
        and old.needs.get((purpose, category)) == new.needs.get((purpose, category))
    )


def _changes_of(
    old: Tables, new: Tables, cell: Cell, rows: tuple[Row | None, Row | None], on: date
) -> Iterator[tuple[str | None, str | None, str, str, str]]:
    for when, said in (*_suppositions(rows), *_by_profession(old, new, rows)):
        before = decide_item(old, _facts(old, cell, said, on))
        after = decide_item(new, _facts(new, cell, said, on))
        if (before.answer, before.label) != (after.answer, after.label):
            yield before.row, after.row, f"{before.answer} ({before.label})", f"{after.answer} ({after.label})", when


def _suppositions(rows: tuple[Row | None, Row | None]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The facts under which each question is asked: consent, attestations, age, and each way alone."""
    ways = [way for row in rows if row is not None for way in row.paths]
    every = {code: True for way in ways for code in way.attest}
    for consent, attested, age in product((CoverageState.GIVEN, CoverageState.NOT_ASKED), (every, {}), (CHILD, ADULT)):
        yield (
            f"consent {consent}, {'all' if attested else 'nothing'} attested, age {age}",
            {"consent": ConsentFact(state=consent), "attested": attested, "age": age},
        )
    refused = ConsentFact(state=CoverageState.REFUSED)
    for basis, attest in dict.fromkeys((way.basis, way.attest) for way in ways):
        only: dict[Attestation, bool] = dict.fromkeys(attest, True)
        yield f"consent refused, only {', '.join(basis)} attested, age {CHILD}", {"consent": refused, "attested": only, "age": CHILD}


def _by_profession(old: Tables, new: Tables, rows: tuple[Row | None, Row | None]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The same where the law goes by who holds it: each way of the row that holds then, alone."""
    for tables, row in zip((old, new), rows, strict=True):
        for profession, target in () if row is None else row.by_profession.items():
            for way in tables.by_id[target].paths:
                yield (
                    f"held by {profession}, only {', '.join(way.basis)} attested, age {CHILD}",
                    {
                        "consent": ConsentFact(state=CoverageState.GIVEN),
                        "attested": dict.fromkeys(way.attest, True),
                        "age": CHILD,
                        "profession": profession,
                    },
                )


def _facts(tables: Tables, cell: Cell, said: Mapping[str, Any], on: date) -> ItemFacts:
    discloser, recipient, purpose, category = cell
    sides = [Party(organisation=None, regime=regime, public=tables.regimes[regime].public) for regime in (discloser, recipient)]
    return ItemFacts(
        discloser=sides[0], recipient=sides[1], purpose=purpose, category=category, on=on, restricted=False, judgements=YES, **said
    )


def _differing(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> tuple[str, ...]:
    return tuple(sorted(str(name) for name in {*old, *new} if old.get(name) != new.get(name)))
