"""The word lists behind the models: roles, kinds of party, documents. Closed; every model uses only these."""

from enum import StrEnum

import msgspec

from shared.law.codes import Regime


class Sees(StrEnum):
    """How far a role sees into a case."""

    CASE = "case"
    STATUS = "status"
    """That it moves and who is late, never what it is about."""
    STATISTICS = "statistics"
    PRESENT = "present"
    """Sits in, or has told something, and reads nothing."""


class Role(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One role, by its profession or task."""

    code: str
    sv: str
    en: str
    sees: Sees = Sees.CASE


class PartyKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of party, what it brings to a model, and the secrecy regimes its units may have."""

    kind: str
    sv: str
    en: str
    commits_sv: str
    commits_en: str
    side: str
    """municipality, region, state, private or family."""
    regimes: tuple[Regime, ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan, form or instrument that a model uses."""

    code: str
    sv: str
    en: str
    kind: str
    """plan or tool."""
