"""The space of questions, factored: cells first, then each row's paths over what they themselves depend on.

Whole, the space has more than 10^15 points. It is a product, though: which row answers depends only on the cell, and how it answers only on
the facts that its paths, the overrides and the golden rule name. Attestations of *another* path can only matter through that path, so they
are moved together, all unanswered or all no.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import product
from typing import NamedTuple

import msgspec

from services.sharing.domain.facts import DERIVED, ConsentFact, Detail, ItemFacts, Judgements, Party
from services.sharing.domain.rows import Needed, Path, Row
from services.sharing.domain.tables import Tables, load
from shared.contracts.consent import CoverageState, Missing, SignerStatus
from shared.law.codes import Attestation, LeafCategory, Profession, Purpose, Regime

ON = date(2026, 11, 24)
FIT = Judgements(necessary=True, relevant=True, proportionate=True)
SAID = (None, False, True)
HOME, AWAY = ("o1aa", "Hemma"), ("o2bb", "Borta")
FAMILY = frozenset({Regime.GUARD, Regime.PARENT_NC, Regime.CHILD})
REPORTS = frozenset({LeafCategory.CONCERN_REPORT, LeafCategory.FEEDBACK})

CONSENTS: tuple[ConsentFact | None, ...] = (
    None,
    *(ConsentFact(state=state) for state in CoverageState),
    ConsentFact(state=CoverageState.REFUSED, missing=(Missing(role="child", number=1, status=SignerStatus.REFUSED),)),
)
"""Every state, unknown, and a child's own no."""
AGES: tuple[int | None, ...] = (None, 11, 15, 18, 21)
"""Nobody named; below and above the age of being heard; at the two limits of law."""


@cache
def tables() -> Tables:
    """The tables that ship, read once."""
    return load()


GIVEN = ConsentFact(state=CoverageState.GIVEN)
STOPPED = frozenset({CoverageState.REFUSED, CoverageState.WITHDRAWN})


class Cell(NamedTuple):
    """One kind of question that a row answers, with one pair of regimes standing for all that the row treats alike."""

    row: Row
    discloser: Regime
    recipient: Regime
    purpose: Purpose
    category: LeafCategory
    profession: Profession | None = None

    def __str__(self) -> str:
        return f"{self.row.id} {self.discloser}>{self.recipient} {self.purpose} {self.category}"


def questions() -> Iterator[tuple[Regime, Regime, Purpose, LeafCategory]]:
    """Every cell there is: holder, recipient, purpose, category."""
    return product(Regime, Regime, Purpose, LeafCategory)


@cache
def cells() -> tuple[Cell, ...]:
    """For each row one cell per set of its paths and per kind of border between the two regimes."""
    found: dict[tuple[object, ...], Cell] = {}
    for discloser, recipient, purpose, category in questions():
        row = tables().row((discloser, recipient, purpose, tables().info(category, discloser)), ON)
        if row is None or category in REPORTS or tables().need(purpose, category).needed is Needed.NO:
            continue
        own, other = tables().regimes[discloser], tables().regimes[recipient]
        alike = (row.id, tuple(p.basis for p in row.paths), own.public, other.public, recipient in FAMILY, discloser is Regime.SOC_FAM)
        found.setdefault(alike, Cell(row, discloser, recipient, purpose, category))
    return tuple(found.values())


def yes_to_all(cell: Cell) -> dict[Attestation, bool]:
    """Everything that any path of the cell's row demands, attested."""
    return {code: True for path in cell.row.paths for code in path.attest}


def party(regime: Regime, where: tuple[str | None, str | None]) -> Party:
    """A side as the register would have it."""
    organisation, principal = where
    return Party(organisation=organisation, principal=principal, regime=regime, public=tables().regimes[regime].public)


def ask(cell: Cell, **changes: object) -> ItemFacts:
    """The cell's question with everything judged, nothing attested, a child that needs no special handling."""
    need = tables().need(cell.purpose, cell.category)
    facts = ItemFacts(
        discloser=party(cell.discloser, HOME),
        recipient=party(cell.recipient, HOME),
        purpose=cell.purpose,
        category=cell.category,
        on=ON,
        detail=min(need.detail, Detail.SUMMARY, key=list(Detail).index),
        restricted=False,
        judgements=FIT,
        profession=cell.profession,
    )
    return msgspec.structs.replace(facts, **changes)


def demanded(path: Path) -> tuple[Attestation, ...]:
    """What a caller can tick for this path: the derived ones are answered by facts."""
    return tuple(code for code in path.attest if code not in DERIVED)


def attestations(cell: Cell, path: Path) -> Iterator[Mapping[Attestation, bool]]:
    """Yes, no and unanswered for each of the path's own attestations, with the others' all unanswered, all no, or all yes."""
    own = demanded(path)
    others = {code for other in cell.row.paths for code in demanded(other)} - set(own)
    for rest in SAID if others else (None,):
        background = {} if rest is None else dict.fromkeys(others, rest)
        for said in product(SAID, repeat=len(own)):
            yield background | {code: yes for code, yes in zip(own, said, strict=True) if yes is not None}


def said(cell: Cell) -> Iterator[Mapping[Attestation, bool]]:
    """What may be attested in this cell, path by path, each once."""
    seen: set[frozenset[tuple[Attestation, bool]]] = set()
    for path in cell.row.paths:
        for attested in attestations(cell, path):
            key = frozenset(attested.items())
            if key not in seen:
                seen.add(key)
                yield attested


def points(cell: Cell, people: Iterable[tuple[ConsentFact | None, int | None]] = tuple(product(CONSENTS, AGES))) -> Iterator[ItemFacts]:
    """The factored space of one cell: own attestations x (consent, age), path by path."""
    plain = ask(cell)
    several = tuple(people)
    for attested in said(cell):
        for consent, age in several:
            yield msgspec.structs.replace(plain, attested=attested, consent=consent, age=age)
