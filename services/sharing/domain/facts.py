"""Everything one item is decided from. Three sources: token and register, consent, and what the caller attests."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

from shared.contracts.consent import CoverageState, Missing
from shared.law.codes import Attestation, LeafCategory, Purpose, Regime

DERIVED = frozenset(
    {
        Attestation.CUSTODY_CHECKED,
        Attestation.MATURITY,
        Attestation.UNDER_18,
        Attestation.UNDER_21,
        Attestation.SAME_ORGANISATION,
        Attestation.PUBLIC_TO_PUBLIC,
    }
)
"""Attestations that a structured fact answers: nobody may tick them, and a fact beats a tick (DESIGN 9)."""


class Detail(StrEnum):
    """How much of it: a coded item says less than a summary, a summary less than free text."""

    CODED = "coded"
    SUMMARY = "summary"
    FREE_TEXT = "free-text"


class Judgements(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The golden rule as three recorded answers by a named human; None is not yet judged."""

    necessary: bool | None = None
    relevant: bool | None = None
    proportionate: bool | None = None


class ConsentFact(msgspec.Struct, frozen=True, kw_only=True):
    """What consent answers for this item's row, as of the decision's instant."""

    state: CoverageState
    missing: tuple[Missing, ...] = ()


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a disclosure as the register has it."""

    organisation: str
    regime: Regime
    public: bool


class ItemFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts for one item. What is unknown is None or absent, never guessed."""

    discloser: Party
    """The unit that holds the item: the regime is the holder's, whoever asks."""
    recipient: Party
    purpose: Purpose
    category: LeafCategory
    on: date
    """Stockholm date as of which the rules are asked."""
    detail: Detail = Detail.SUMMARY
    age: int | None = None
    """Whole years in Stockholm; None where no child is named."""
    restricted: bool | None = None
    """Protected identity; None is unknown, which is treated as yes for a named child."""
    consent: ConsentFact | None = None
    """None: not asked for, or consent could not be reached: never a yes."""
    attested: Mapping[Attestation, bool] = {}
    judgements: Judgements = Judgements()
    model: str | None = None
    stopped: bool = False
    """A kill switch covers this organisation, route, row or key."""
