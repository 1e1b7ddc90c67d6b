"""Facts of one hypothetical question that cannot both be true. A fact beats a tick; here nobody is told so in silence."""

from collections.abc import Iterator

from services.sharing.domain.facts import ItemFacts
from services.sharing.domain.overrides import same_principal
from services.sharing.domain.tables import Tables
from shared.contracts.consent import CoverageState
from shared.law.codes import Attestation

ADULT = 18
YOUNG_ADULT = 21
OLDEST = 120


def contradictions(facts: ItemFacts, tables: Tables) -> Iterator[tuple[str, str]]:
    """Where (a pointer below the question) and what contradicts it."""
    for name, side in (("discloser", facts.discloser), ("recipient", facts.recipient)):
        regime = tables.regimes[side.regime]
        if side.public is not regime.public:
            yield f"{name}/public", f"contradicts {name}/regime: {side.regime} is {'an authority' if regime.public else 'private'}"
    if facts.age is not None and not 0 <= facts.age <= OLDEST:
        yield "age", f"whole years, 0 to {OLDEST}"
    if facts.consent is not None and facts.consent.state is CoverageState.GIVEN and facts.consent.missing:
        yield "consent/missing", "contradicts consent/state: nobody is missing when consent is given"
    yield from _ticks(facts)


def _ticks(facts: ItemFacts) -> Iterator[tuple[str, str]]:
    """Attestations that a structured fact of the same question answers otherwise."""
    consent = None if facts.consent is None else facts.consent.state is CoverageState.GIVEN
    known = {
        Attestation.UNDER_18: (None if facts.age is None else facts.age < ADULT, "age"),
        Attestation.UNDER_21: (None if facts.age is None else facts.age < YOUNG_ADULT, "age"),
        Attestation.SAME_ORGANISATION: (same_principal(facts), "discloser/organisation"),
        Attestation.PUBLIC_TO_PUBLIC: (facts.discloser.public and facts.recipient.public, "the regimes"),
        Attestation.CUSTODY_CHECKED: (True if consent else None, "consent/state"),
        Attestation.MATURITY: (True if consent else None, "consent/state"),
    }
    for code, (fact, where) in known.items():
        if fact is not None and facts.attested.get(code) is (not fact):
            yield f"attested/{code}", f"contradicts {where}"
