"""Who is who: organisations, units, systems, keys, agreements, grants, and when each of them holds."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from joserfc.jwk import OKPKey

from shared.law.codes import Regime

SYSTEM_ROLE = "system"
"""The role of a grant that a connected system acts under."""
ADMINISTRATOR = "administrator"
"""The role whose holders give and take grants in their own organisation."""


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """A controller and secrecy border: one board, one company. `principal` only gathers them."""

    organisation: str
    display_name: str
    principal: str
    public: bool
    number: str | None = None
    hsa_id: str | None = None
    operator: bool = False
    """Runs the system: what belongs to nobody lies in its log. At most one."""
    revision: int = 1


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest part of an organisation with exactly one secrecy regime."""

    unit: str
    organisation: str
    name: str
    regime: Regime
    hsa_id: str | None = None
    """The unit's in the health sector's catalogue; ours are lower case, theirs capitals."""
    guarded: bool = False
    """A sheltered or otherwise protected party: two people give access to it."""
    telephone: str | None = None
    """Where somebody at the unit answers; a function's number."""


class UnitParty(msgspec.Struct, frozen=True, kw_only=True):
    """A unit with what the rules ask of its organisation, and whether a kill switch covers either."""

    unit: str
    name: str
    organisation: str
    regime: Regime
    public: bool
    stopped: bool
    principal: str | None = None
    """Municipality, region or group that gathers the organisation with others."""


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that an agreement binds to one's own organisation, and the models of it."""

    unit: str
    name: str
    organisation: str
    organisation_name: str
    regime: Regime
    models: tuple[str, ...]


class System(msgspec.Struct, frozen=True, kw_only=True):
    """A connected system: a client of the provider that speaks for one organisation."""

    issuer: str
    client_id: str
    organisation: str
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None = None


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation's Ed25519 key: signs its items and receipts."""

    organisation: str
    kid: str
    public: dict[str, Any]
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None = None

    @property
    def thumbprint(self) -> str:
        """RFC 7638, SHA-256."""
        return OKPKey.import_key(self.public).thumbprint()

    def is_in_force(self, now: datetime) -> bool:
        """Whether it may be used; a revocation holds from its commit."""
        return self.valid_from <= now < self.valid_until and self.revoked_at is None


class UnitKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that items are sealed to; the private half never leaves the unit."""

    unit: str
    kid: str
    public: dict[str, Any]
    thumbprint: str
    """RFC 7638, SHA-256."""
    valid_from: datetime
    valid_until: datetime
    """At most 90 days later."""
    countersignatures: tuple[str, ...]
    """Compact JWS of the registrars over the key's statement."""
    revoked_at: datetime | None = None

    def is_in_force(self, now: datetime) -> bool:
        """Whether it may be used; a revocation holds from its commit."""
        return self.valid_from <= now < self.valid_until and self.revoked_at is None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """These organisations work by this model, from and to."""

    agreement_id: UUID
    model: str
    organisations: tuple[str, ...]
    signed_by: str
    valid_from: datetime
    valid_until: datetime
    revoked_at: datetime | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What one person or system may do for one unit, with dates."""

    grant_id: UUID
    principal: str
    organisation: str
    unit: str | None
    """None: the whole organisation."""
    role: str
    models: tuple[str, ...]
    """Empty: not bound to a model."""
    valid_from: datetime
    valid_until: datetime
    granted_by: str
    revision: int = 1
    revoked_at: datetime | None = None
    responsible: str = ""
    """The manager who answers for it: who gave it, or who took it over."""

    def holds(self, now: datetime) -> bool:
        """Whether it is in force; a revocation holds from its instant."""
        return self.valid_from <= now < self.valid_until and (self.revoked_at is None or now < self.revoked_at)

    def covers(self, unit: str, model: str | None) -> bool:
        """Whether it reaches this unit and, where it is bound to models, this one."""
        return self.unit in {None, unit} and (model is None or not self.models or model in self.models)


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is switched off, since when, and what those who meet it are told."""

    kind: str
    value: str
    thrown_at: datetime
    sv: str = ""
    en: str = ""
    thrown_by: str = ""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A grant that one administrator wants and another must approve."""

    proposal_id: UUID
    organisation: str
    wanted: dict[str, Any]
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    grant_id: UUID | None = None
    """None once decided: it was turned down."""


class RegisterChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the register: before and after."""

    change_id: UUID
    organisation: str
    kind: str
    object: str
    action: str
    changed_at: datetime
    changed_by: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
