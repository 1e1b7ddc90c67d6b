"""One struct per kind of row in the tables of law: what a lawyer reads in the files of `rules` is what the engine runs."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

from services.sharing.domain.facts import Detail
from shared.law.codes import Attestation, Info, Label, LeafCategory, PathKind, Profession, Purpose, Regime, Tell

WILD = "ANY"
"""In `from` and `to`: every regime. Stands only where no other row has that purpose."""

WILD_INFO = "I_ANY"
"""In `info`: every information category."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of any table: an unknown key is a mistake of ours, not something to pass over."""


class RegimeRow(Table, frozen=True, kw_only=True):
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


class CategoryRow(Table, frozen=True, kw_only=True):
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


class Path(Table, frozen=True, kw_only=True, rename={"disclosers": "from", "recipients": "to"}):
    """One legal way: open when its consent holds and every attestation is yes."""

    kind: PathKind
    basis: tuple[str, ...]
    consent: ConsentRule
    attest: tuple[Attestation, ...]
    sv: str
    en: str
    disclosers: tuple[Regime, ...] = ()
    """Only from these; empty: all of the row."""
    recipients: tuple[Regime, ...] = ()
    """Only to these; empty: all of the row."""
    label: Label | None = None
    """What the law is on this path, where it differs from the row."""

    def fits(self, discloser: Regime, recipient: Regime) -> bool:
        """Whether the path exists between these two."""
        return (not self.disclosers or discloser in self.disclosers) and (not self.recipients or recipient in self.recipients)


class Status(StrEnum):
    """Whether a lawyer has signed the row."""

    VERIFIED = "verified"
    NEEDS_LAWYER = "needs lawyer"


class Instead(Table, frozen=True, kw_only=True):
    """The note «this attestation is no: use the rows of that purpose»."""

    when_no: Attestation
    purpose: Purpose


class Row(Table, frozen=True, kw_only=True, rename={"discloser": "from", "recipient": "to", "paths": "path"}):
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
    """`L` read in the law's text, `S` a secondary source, `I` our reading."""
    status: Status
    valid_from: date
    paths: tuple[Path, ...] = ()
    valid_to: date | None = None
    note_sv: str | None = None
    note_en: str | None = None
    by_profession: Mapping[Profession, str] = {}
    """Row that holds instead when somebody of this profession holds the information (FB 6:20 c)."""
    instead: Instead | None = None
    wild: bool = False
    """Written with a wildcard for regimes."""

    def holds(self, on: date) -> bool:
        """Whether the row is law on this day; both days count."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class Needed(StrEnum):
    """Whether a purpose needs a category at all."""

    YES = "yes"
    JUDGE = "judge"
    """A human must say so: never prefilled."""
    NO = "no"


class Need(Table, frozen=True, kw_only=True):
    """The golden rule's limits for some purposes and categories (FB 1:1, GDPR 5.1 b, c, e; OSL 10:2 is no shortcut)."""

    purpose: tuple[Purpose, ...]
    category: tuple[LeafCategory, ...] = ()
    """Empty: all categories that the purpose does not name elsewhere."""
    needed: Needed
    detail: Detail
    """The most detail that the purpose needs."""
    months: int | None = None
    """The longest use; None where the law sets no other end than the task's."""
    stale_months: int | None = None
    """Older than this it no longer tells how the child is; None where age does not matter."""
    not_roles: tuple[str, ...] = ()
    """Roles that never need it for this."""


class Text(Table, frozen=True, kw_only=True):
    """One code in words, for a tired counsellor."""

    sv: str
    en: str
