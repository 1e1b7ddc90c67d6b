"""Everything one item is decided from. Three sources: token and register, consent, and what the caller attests."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

from shared.contracts.consent import CoverageState, Missing
from shared.law.codes import Attestation, LeafCategory, Profession, Purpose, Regime

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
    """The golden rule as recorded answers by a named human; None is not yet judged.

    The last four are the questions of proportionality (S07): all yes answers `proportionate`, one no denies.
    """

    necessary: bool | None = None
    relevant: bool | None = None
    proportionate: bool | None = None
    reaches: bool | None = None
    """Telling it helps to reach the purpose."""
    gentlest: bool | None = None
    """No gentler way reaches it: asking the family, a de-identified question, less detail."""
    least: bool | None = None
    """No more, to no more people, for no longer than the purpose demands."""
    outweighs: bool | None = None
    """What the child gains outweighs what child and family lose."""


class ThirdPersons(StrEnum):
    """What is known of other people's data in the item. A known answer beats the tick A_THIRD."""

    NONE = "none"
    REMOVED = "removed"
    CONSENTED = "consented"
    """Each of them has said yes for the own part (OSL 12:2)."""
    COVERED = "covered"
    """The rule that opens it reaches those close to the child (OSL 25:12, 26:9)."""
    PRESENT = "present"
    """They are there, and nothing lets them go."""


class ConsentFact(msgspec.Struct, frozen=True, kw_only=True):
    """What consent answers for this item's row, as of the decision's instant."""

    state: CoverageState
    missing: tuple[Missing, ...] = ()


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a disclosure as the register has it."""

    organisation: str | None
    """None is unknown, which only a hypothetical question may leave it."""
    regime: Regime
    public: bool
    principal: str | None = None
    """Municipality, region or group: health authorities of one principal are close (OSL 25:11)."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What only whoever asks can know of an item, also of a named child; each default is what closes nothing and opens nothing."""

    profession: Profession | None = None
    """Of the person at the discloser who holds it."""
    recipient_role: str | None = None
    """Role of whoever will read it, a code of the model."""
    third_persons: ThirdPersons | None = None
    secret_from_guardian: bool = False
    """Marked secret against a guardian, OSL 12:3 p. 1 (X4)."""
    from_concern: bool = False
    """Stems from a report of concern or the feedback on it, OSL 40:7 g (X5)."""
    reveals_reporter: bool = False
    """Shows who made a report, OSL 25:7 and 26:5."""
    committed_crime: bool | None = None
    """About a crime that has been committed, which OSL 10:18 a does not reach."""
    received_for: Purpose | None = None
    """For what the discloser itself received it; another purpose is a new decision (X10)."""
    item_months: int | None = None
    """How old the information is."""
    period_months: int | None = None
    """For how long the recipient is to use it."""
    coded_exists: bool = False
    """The same thing can be said with a coded item."""
    along_with: LeafCategory | None = None
    """The item that identity or contact goes along with: it follows that item's row (DESIGN 9)."""


class ItemFacts(Said, frozen=True, kw_only=True):
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
    about_child: bool = True
    """False: the data are another person's, whose own consent `consent` then is (X2)."""
    care_order: bool = False
    """Taken into care: the board may decide in the child's personal matters, LVU 11 §."""
