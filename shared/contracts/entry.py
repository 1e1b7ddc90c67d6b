"""What each house tells the audit log: one finished entry per state change, decision (refusals too) and reading."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.message import Event


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who acted and about whom. Never a leaf of the log: audit keeps it encrypted and the leaf holds tokens and a commitment."""

    actor_kind: str
    """`person`, `system` or `timer`."""
    actor: str
    """`<issuer> <subject>` for a person, `<issuer> <client_id>` for a system, the loop's name for a timer."""
    subject: UUID | None = None
    """The child's subject id, known to houses only."""
    sealed_reason: str | None = None
    """A written reason as the JWE that the desk sealed to the discloser's own unit key."""


class Entry(Event, frozen=True, kw_only=True):
    """One act. The outbox row's id is the entry's id; producer sequence and previous hash are set by the relay."""

    name: ClassVar[str] = "entry"
    receivers: ClassVar[tuple[str, ...]] = ("audit",)
    publishers: ClassVar[tuple[str, ...]] = ("consent", "sharing")

    entry_id: UUID
    organisation: str
    """Whose log: the organisation of whoever acted; guardian or child: the discloser's; a refused try: the owner's (DESIGN 8)."""
    at: datetime
    action: str
    """Dotted noun and past verb, for example `consent.withdrawn`, `delivery.fetched`, `access.refused`."""
    person: Person
    actor_organisation: str | None = None
    """The actor's, where it is not the log's."""
    unit: str | None = None
    answer: str | None = None
    """`yes`, `attest`, `wait`, `no`, `ask` for a decision; `done` or `refused` for an act."""
    reasons: tuple[str, ...] = ()
    purpose: str | None = None
    legal_basis: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    model: str | None = None
    rules: str | None = None
    """SHA-256 of the rule tables that decided."""
    case_id: UUID | None = None
    object_id: UUID | None = None
    """Decision, permit, delivery, consent, request: what the act was on."""


class Sequenced(Event, frozen=True, kw_only=True):
    """Audit to a producer: these entries are committed in the log. One message per batch."""

    name: ClassVar[str] = "sequenced"
    receivers: ClassVar[tuple[str, ...]] = ()
    publishers: ClassVar[tuple[str, ...]] = ("audit",)

    house: str
    """The producer; the others ignore it."""
    entry_ids: tuple[UUID, ...]
