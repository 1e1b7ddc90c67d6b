"""What an organisation does here, for its record of processing activities: asked by audit, told by sharing (GDPR art. 30)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from shared.contracts.message import Question


class ProcessingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One processing activity of an organisation as the rules and the agreement say it (GDPR art. 30.1). Codes; nothing about anybody."""

    agreement_id: UUID
    model: str
    model_version: int
    model_name_sv: str
    model_name_en: str
    valid_from: datetime
    valid_until: datetime
    in_force: bool
    signed_by: str
    """A role."""
    parties: tuple[str, ...]
    """The organisations of the agreement, the asking one among them: joint recipients."""
    purposes: tuple[str, ...]
    categories: tuple[str, ...]
    """Kinds of data that may go under the model."""
    received_by: tuple[str, ...]
    """Legal regimes of the units that may receive."""
    age_from: int
    age_to: int
    consent_months: int
    """The longest that a consent under it holds."""


class ProcessingFound(msgspec.Struct, frozen=True, kw_only=True):
    """Every agreement that the organisation is or was a party to, oldest first."""

    records: tuple[ProcessingRecord, ...]
    rules: str
    """SHA-256 of the tables that they are made from."""
    sv: dict[str, str] = {}
    """What the codes of categories and regimes, and the parties, are called; a code without a word says itself."""
    en: dict[str, str] = {}


class Processing(Question[ProcessingFound], frozen=True, kw_only=True):
    """Audit to sharing: what an organisation does here, for its record of processing activities."""

    house: ClassVar[str] = "sharing"
    name: ClassVar[str] = "processing-records"
    answer: ClassVar[type[ProcessingFound]] = ProcessingFound

    organisation: str
