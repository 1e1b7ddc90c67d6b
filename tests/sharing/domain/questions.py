"""Hypothetical questions for the tests of the rules: everything judged, nobody named, unless the test says otherwise."""

from datetime import date

from services.sharing.domain.answers import ItemAnswer
from services.sharing.domain.engine import decide_item
from services.sharing.domain.facts import ConsentFact, ItemFacts, Judgements, Party
from services.sharing.domain.tables import load
from shared.contracts.consent import CoverageState
from shared.law.codes import Attestation, LeafCategory, Purpose, Regime

TABLES = load()
FIT = Judgements(necessary=True, relevant=True, proportionate=True)
DAY = date(2026, 11, 24)
GIVEN = ConsentFact(state=CoverageState.GIVEN)
NOT_ASKED = ConsentFact(state=CoverageState.NOT_ASKED)


def party(regime: Regime, organisation: str | None = None, principal: str | None = None) -> Party:
    """A unit of this regime; each regime is an organisation of its own unless one is named."""
    public = TABLES.regimes[regime].public
    return Party(organisation=organisation or f"o-{regime}", regime=regime, public=public, principal=principal)


def question(
    discloser: Regime | Party, recipient: Regime | Party, purpose: Purpose, category: LeafCategory, /, **changes: object
) -> ItemFacts:
    """A question about a child of 13 whose handling is ordinary."""
    asked = {"age": 13, "restricted": False, "judgements": FIT, "consent": NOT_ASKED, **changes}
    sides = {name: party(one) if isinstance(one, Regime) else one for name, one in (("discloser", discloser), ("recipient", recipient))}
    return ItemFacts(**{**sides, "purpose": purpose, "category": category, "on": DAY, **asked})  # type: ignore[arg-type]


def ask(discloser: Regime | Party, recipient: Regime | Party, purpose: Purpose, category: LeafCategory, /, **changes: object) -> ItemAnswer:
    """The engine's answer to `question`."""
    return decide_item(TABLES, question(discloser, recipient, purpose, category, **changes))


def yes(*codes: str) -> dict[Attestation, bool]:
    """These attestations, answered with yes."""
    return dict.fromkeys(map(Attestation, codes), True)


def no(*codes: str) -> dict[Attestation, bool]:
    """These attestations, answered with no."""
    return dict.fromkeys(map(Attestation, codes), False)


EVERYTHING = dict.fromkeys(Attestation, True)
