"""Cedar and the engine say the same yes and the same no on the whole factored space: two readings of the same tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import msgspec
import pytest

from services.sharing.domain import overrides
from services.sharing.domain.answers import State
from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import Detail, ItemFacts, Judgements, ThirdPersons
from services.sharing.domain.rows import Needed
from shared.law.codes import Answer, Attestation, LeafCategory, PathKind, Profession, Purpose, Regime
from tests.sharing.proof import cedar, written
from tests.sharing.proof.space import AWAY, CONSENTS, FAMILY, FIT, GIVEN, HOME, ON, REPORTS, SAID, Cell, ask, cells, party, points, tables

POLICIES = cedar.parse()
REFUSED = CONSENTS[-1]
"""By the child: the others' no is only not a yes to Cedar."""
PEOPLE = tuple((consent, age) for consent in (None, GIVEN, REFUSED) for age in (None, 11, 18, 21) if age != 21 or consent is None)
"""The limit of 21 years stands only on grounds that need no consent."""
ALL_YES = dict.fromkeys(Attestation, True)


def _agree(asked: Sequence[ItemFacts]) -> int:
    """How many were yes; fails at the first question on which the two differ."""
    ours = [decide_item(tables(), facts).answer is Answer.YES for facts in asked]
    for facts, engine, other in zip(asked, ours, cedar.allows(POLICIES, asked), strict=True):
        assert engine == other, f"the engine says {'yes' if engine else 'no'}, Cedar {'yes' if other else 'no'}: {facts}"
    return sum(ours)


@pytest.mark.parametrize("row", [row["id"] for row in written.MATRIX])
def test_both_answer_alike_on_each_rows_space(row: str) -> None:
    """Consent given, refused or unknown: the other states are one to Cedar, which only asks whether it is given."""
    for cell in (cell for cell in cells() if cell.row.id == row):
        _agree(list(points(cell, PEOPLE)))


@pytest.mark.parametrize("purpose", Purpose)
def test_both_answer_alike_in_every_cell(purpose: Purpose) -> None:
    """Everything attested and consented to, so that what differs is only which row and which paths there are.

    Categories that no row and no limit of the purpose tells apart when this regime holds them are asked about once.
    """
    asked = [
        ItemFacts(
            discloser=party(holder, HOME),
            recipient=party(recipient, HOME),
            purpose=purpose,
            category=category,
            on=ON,
            detail=Detail.CODED,
            restricted=False,
            consent=GIVEN,
            attested=ALL_YES,
            judgements=FIT,
        )
        for holder in Regime
        for category in _told_apart(holder, purpose)
        for recipient in Regime
    ]
    _agree(asked)


def _told_apart(holder: Regime, purpose: Purpose) -> Iterable[LeafCategory]:
    found: dict[object, LeafCategory] = {}
    for category in LeafCategory:
        info = written.info_of(category, holder)
        named = frozenset(row["id"] for row in written.MATRIX if purpose in row["purpose"] and info in row["info"])
        found.setdefault((named, tables().need(purpose, category).needed is Needed.NO, category in REPORTS), category)
    return found.values()


def test_both_answer_alike_on_whatever_goes_before_the_rows() -> None:
    asked = [facts for cell in cells() for facts in _overridden(cell, [(change,) for change in CHANGES])]

    assert 0 < _agree(asked) < len(asked)


def test_both_answer_alike_on_pairs_of_what_goes_before_the_rows() -> None:
    """On one cell for each set of kinds of path and each border between authorities and private bodies."""
    some = {(tuple(sorted({p.kind for p in c.row.paths})), c.discloser[0], c.recipient in FAMILY): c for c in cells()}
    asked = [facts for cell in list(some.values())[::5] for facts in _overridden(cell, list(combinations(CHANGES, 2)))]

    assert 0 < _agree(asked) < len(asked)


def test_both_answer_alike_on_every_limit_of_the_golden_rule() -> None:
    asked = [facts for cell in cells() for facts in _limited(cell)]

    assert 0 < _agree(asked) < len(asked)


def test_both_answer_alike_on_every_set_of_judgements() -> None:
    cell = next(cell for cell in cells() if cell.row.id == "M08")
    names = Judgements.__struct_fields__
    asked = [
        ask(cell, attested=ALL_YES, judgements=Judgements(**dict(zip(names, said, strict=True))))
        for said in product(SAID, repeat=len(names))
    ]

    assert 0 < _agree(asked) < len(asked)


def _overridden(cell: Cell, combined: Iterable[tuple[Mapping[str, Any], ...]]) -> Iterator[ItemFacts]:
    """The cell's question with some of the facts that overrides know, agreed to and not, everything attested and what facts answer not."""
    for changes in combined:
        change = {name: value for one in changes for name, value in one.items()}
        if "where" in change:
            change["recipient"] = party(cell.recipient, change.pop("where"))
        for consent, attested in ((GIVEN, ALL_YES), (None, ALL_YES), (GIVEN, WITHOUT_FACTS)):
            yield ask(cell, **{"consent": consent, "attested": attested, **change})


CHANGES: tuple[dict[str, Any], ...] = (
    {"stopped": True},
    {"restricted": True},
    {"restricted": None, "age": 11},
    {"about_child": False},
    *({"third_persons": known} for known in ThirdPersons),
    {"secret_from_guardian": True},
    {"care_order": True},
    {"care_order": True, "age": 18},
    {"from_concern": True},
    {"reveals_reporter": True},
    {"committed_crime": True},
    *({"received_for": purpose} for purpose in (Purpose.CARE, Purpose.TECHNICAL)),
    *({"where": where} for where in (AWAY, (None, None), ("o1cc", HOME[1]))),
    *({"profession": profession} for profession in (Profession.COUNSELLOR, Profession.TEACHER, Profession.OTHER)),
    {"on": ON.replace(year=2020)},
    {"category": LeafCategory.CONCERN_REPORT},
    {"category": LeafCategory.IDENTITY, "along_with": LeafCategory.PUPIL_HEALTH},
    {"category": LeafCategory.CRIME_RISK, "along_with": LeafCategory.ATTENDANCE},
)
WITHOUT_FACTS = {
    code: True
    for code in Attestation
    if code not in {Attestation.NEW_PURPOSE, Attestation.REPORTER_SAFE, Attestation.THIRD_PERSONS, Attestation.SAME_ORGANISATION}
}
"""All but the ticks that one of those facts asks for, or answers itself."""


def _limited(cell: Cell) -> Iterator[ItemFacts]:
    base = ask(cell, consent=GIVEN, attested=ALL_YES)
    need = tables().need(cell.purpose, cell.category)
    months = [0, *(m + more for m in (need.months, need.stale_months) if m is not None for more in (0, 1))]
    for detail, coded in product(Detail, (False, True)):
        yield msgspec.structs.replace(base, detail=detail, coded_exists=coded)
    for held, used in product(months, months):
        yield msgspec.structs.replace(base, item_months=held, period_months=used)
    for role in ("teacher", *need.not_roles):
        yield msgspec.structs.replace(base, recipient_role=role)


@pytest.mark.parametrize("kind", PathKind)
def test_both_close_each_kind_of_ground_to_private_bodies_alike_also_where_no_row_has_it_yet(kind: PathKind) -> None:
    """X8 and X9: today's rows are written so that no answer hangs on them; tomorrow's may not be."""
    for own, other in product((Regime.S_SCH, Regime.F_SCH), (Regime.SOC, Regime.H_PRIV, Regime.GUARD)):
        facts = ItemFacts(
            discloser=party(own, HOME), recipient=party(other, HOME), purpose=Purpose.SUPPORT, category=LeafCategory.PLAN, on=ON
        )
        to_private = other is Regime.H_PRIV
        leaves = cedar.PRIVATE_TO_PRIVATE if own is Regime.F_SCH else cedar.TOWARDS_PRIVATE
        closed = (own is Regime.F_SCH and kind not in cedar.PRIVATE_MAY_USE) or (to_private and kind not in leaves)

        failed = any(demand.state is State.FAILED and kind in demand.kinds for demand in overrides.demands(facts))

        assert failed == closed, (kind, own, other)
