"""What must hold of the tables before the house starts: each check returns the first thing that is wrong, in words that name the row."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

from services.sharing.domain import overrides
from services.sharing.domain.answers import Instead, Opener, State
from services.sharing.domain.facts import Detail, ThirdPersons
from services.sharing.domain.reasons import Reason
from services.sharing.domain.rows import ConsentRule, Needed, Path, Row, Status
from shared.law.codes import (
    Answer,
    Attestation,
    Info,
    Label,
    LeafCategory,
    PathKind,
    Profession,
    Purpose,
    Regime,
    SaidBy,
    Tell,
    Whom,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.sharing.domain.tables import Tables

STATUTES = frozenset(
    {
        *("OSL", "SoL", "HSL", "PDL", "PSL", "SVOD", "SoLPUL", "FB", "BL", "LUL", "LVU", "TF", "BrB", "FL", "GDPR", "FOL"),
        *("skollagen", "polislagen", "lag", "arkivlagen", "dataskyddslagen"),
    }
)
LAW = re.compile(r"(?P<statute>[A-Za-zÅÄÖåäö]+) \S.*")

SPOKEN: dict[type[StrEnum], str] = {
    Answer: "",
    Attestation: "",
    Info: "",
    Label: "",
    Purpose: "",
    Reason: "",
    Tell: "",
    Detail: "detail-",
    Instead: "instead-",
    Needed: "needed-",
    Opener: "opener-",
    PathKind: "kind-",
    Profession: "profession-",
    SaidBy: "said-by-",
    State: "state-",
    Status: "status-",
    ThirdPersons: "others-",
    Whom: "whom-",
}
"""Code lists whose every code a human may meet, and what stands before the code in the texts."""

FIRST_KINDS: dict[Label, frozenset[PathKind]] = {
    Label.DUTY: frozenset({PathKind.DUTY, PathKind.HARM_TEST, PathKind.FEEDBACK}),
    Label.CONSENT: frozenset({PathKind.CONSENT}),
    Label.FREE: frozenset({PathKind.HARM_TEST, PathKind.SAME_AUTHORITY, PathKind.NOT_TRACEABLE}),
}
"""What the first path must stand on for a row to carry its label."""

UNCONDITIONAL = frozenset(PathKind) - overrides.AUTHORITY_ONLY - overrides.PUBLIC_ONLY
"""Kinds to which the parties add no condition of their own."""


def check(tables: Tables) -> str | None:
    """The first fault of all tables, or None."""
    return next(_faults(tables), None)


def _faults(tables: Tables) -> Iterator[str]:
    yield from (f"regime {missing} is not described" for missing in sorted(set(Regime) - set(tables.regimes)))
    yield from (f"category {missing} is not described" for missing in sorted(set(LeafCategory) - set(tables.categories)))
    yield from (
        f"needs.toml does not say what {purpose} needs of {category}"
        for purpose, category in product(Purpose, LeafCategory)
        if (purpose, category) not in tables.needs
    )
    if len(tables.by_id) != len(tables.rows):
        yield "two rows have the same id"
    yield from _unspoken(tables)
    for row in tables.rows:
        yield from _row(tables, row)


def _unspoken(tables: Tables) -> Iterator[str]:
    wanted = [before + code.value for enum, before in SPOKEN.items() for code in enum]
    wanted += [f"gap-{level}" for level in range(max(row.level for row in tables.regimes.values()) + 1)]
    yield from (f"{code} has no text" for code in wanted if code not in tables.texts)
    for code, text in tables.texts.items():
        if not text.sv.strip() or not text.en.strip():
            yield f"{code} lacks a language"


def _row(tables: Tables, row: Row) -> Iterator[str]:
    if not row.law:
        yield f"{row.id} lacks its law"
    yield from (f"{row.id} names an unknown law: {law}" for law in row.law if not is_law(law))
    if bool(row.note_sv) is not bool(row.note_en):
        yield f"{row.id} has its note in one language only"
    if row.valid_to is not None and row.valid_to < row.valid_from:
        yield f"{row.id} ends before it begins"
    yield from _label(row)
    yield from _elsewhere(tables, row)
    if not _is_reachable(tables, row):
        yield f"{row.id} is unreachable: no holder has such information"
    for place, path in enumerate(row.paths):
        yield from _path(tables, row, place, path)
    if row.paths:
        for one, other in product(row.discloser, row.recipient):
            if not any(path.fits(one, other) for path in row.paths):
                yield f"{row.id} leaves {one} to {other} without a path"


def _label(row: Row) -> Iterator[str]:
    if row.label is Label.DENY:
        if row.paths:
            yield f"{row.id} denies and has a path"
        return
    if not row.paths:
        yield f"{row.id} lacks a path"
        return
    if row.label in FIRST_KINDS and row.paths[0].kind not in FIRST_KINDS[row.label]:
        yield f"{row.id} is labelled {row.label} and begins with {row.paths[0].kind}"
    if row.label is Label.DUTY and any(path.consent is not ConsentRule.NONE for path in row.paths):
        yield f"{row.id} is a duty and must never wait for consent"
    if row.label is Label.MAY and all(path.consent is ConsentRule.DISPOSER for path in row.paths):
        yield f"{row.id} is labelled may and has no path without consent"


def _elsewhere(tables: Tables, row: Row) -> Iterator[str]:
    """Where a row points to others, or must stand alone."""
    for profession, target in row.by_profession.items():
        if target not in tables.by_id:
            yield f"{row.id} sends {profession} to {target}, which does not exist"
    if row.instead is not None and not any(row.instead.purpose in other.purpose for other in tables.rows):
        yield f"{row.id} points to {row.instead.purpose}, which no row answers"
    if row.wild:
        for other in tables.rows:
            shared = set(row.purpose) & set(other.purpose) and set(row.recipient) & set(other.recipient)
            if other is not row and shared and set(row.discloser) & set(other.discloser):
                yield f"{row.id} has a wildcard where {other.id} has the same purpose"


def _is_reachable(tables: Tables, row: Row) -> bool:
    return any(tables.infos[category, holder] in row.info for category, holder in product(LeafCategory, row.discloser))


def _path(tables: Tables, row: Row, place: int, path: Path) -> Iterator[str]:
    name = f"{row.id} path {place + 1}"
    if not path.basis:
        yield f"{name} lacks its basis"
    yield from (f"{name} names an unknown law: {law}" for law in path.basis if not is_law(law))
    if not path.sv.strip() or not path.en.strip():
        yield f"{name} lacks a sentence"
    if not path.attest:
        yield f"{name} asks nothing: all of nothing is no yes"
    if (path.kind is PathKind.CONSENT) is not (path.consent is ConsentRule.DISPOSER):
        yield f"{name} is of kind {path.kind} with consent {path.consent}"
    if path.label is Label.DUTY and path.consent is not ConsentRule.NONE:
        yield f"{name} is a duty and must never wait for consent"
    if not any(_opens_between(tables, path, one, other) for one, other in product(row.discloser, row.recipient)):
        yield f"{name} is unreachable between these parties"
    for earlier in row.paths[:place]:
        if _hides(earlier, path):
            yield f"{name} is unreachable: an earlier path asks no more"


def _opens_between(tables: Tables, path: Path, discloser: Regime, recipient: Regime) -> bool:
    """Whether the path exists between the two, and X8 and X9 leave it."""
    if not path.fits(discloser, recipient):
        return False
    if not tables.regimes[discloser].public and path.kind in overrides.PUBLIC_ONLY:
        return False
    private = not tables.regimes[recipient].public and recipient not in overrides.FAMILY
    return not (private and path.kind in overrides.AUTHORITY_ONLY)


def _hides(earlier: Path, later: Path) -> bool:
    """Whether the earlier path is open whenever the later one is."""
    same_kind = earlier.kind is later.kind or earlier.kind in UNCONDITIONAL
    no_more = set(earlier.attest) <= set(later.attest) and earlier.consent in {ConsentRule.NONE, later.consent}
    everywhere = _covers(earlier.disclosers, later.disclosers) and _covers(earlier.recipients, later.recipients)
    return same_kind and no_more and everywhere


def _covers(earlier: tuple[Regime, ...], later: tuple[Regime, ...]) -> bool:
    return not earlier or (bool(later) and set(later) <= set(earlier))


def is_law(reference: str) -> bool:
    """Whether a reference begins with a statute that we know and then says where in it."""
    found = LAW.fullmatch(reference)
    return found is not None and found["statute"] in STATUTES
