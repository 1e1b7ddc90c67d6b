"""The steps of a finding, and who may take them: asked, answered, signed; never by one and the same (audit.md 37, A38).

Questions and answers are codes. What a manager and a professional say to each other about a child belongs in their own records (I3).
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from services.audit.domain.log import Grant
from services.audit.domain.sampling import Scope


class Asked(StrEnum):
    """What the reviewer wants to know from the unit."""

    WHICH_CASE = "which-case"
    WHY_NEEDED = "why-needed"
    WHO_DECIDED = "who-decided"
    WHY_SO_MUCH = "why-so-much"
    WHY_THEN = "why-then"


class Explained(StrEnum):
    """What the manager answers."""

    WITHIN_DUTY = "within-duty"
    BY_MISTAKE = "by-mistake"
    NOT_BY_THAT_PERSON = "not-by-that-person"
    WITHOUT_GROUND = "without-ground"


class Verdict(StrEnum):
    """What the second officer closes the finding with."""

    IN_ORDER = "in-order"
    GUIDANCE = "guidance"
    INCIDENT = "incident"
    """To be judged as a personal-data breach (GDPR article 33)."""
    EMPLOYER = "employer"
    """For the employer: unlawful access is a crime (brottsbalken 4 kap. 9 c §)."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan as it was logged; `drawn_at` None until it is drawn."""

    plan_id: UUID
    organisation: str
    log_id: int
    plan_index: int
    planned_by: bytes
    unit: str | None
    since: datetime
    until: datetime
    share: int
    upto: int
    due: datetime
    planned_at: datetime
    seed_size: int | None = None
    drawn_at: datetime | None = None

    @property
    def scope(self) -> Scope:
        """What is drawn from."""
        return Scope(upto=self.upto, since=self.since, until=self.until, share=self.share, unit=self.unit)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn entry. Persons are tokens of the reviewed log."""

    plan_id: UUID
    entry_index: int
    unit: str
    why: str
    state: str
    changed_at: datetime
    question: str | None = None
    asked_by: bytes | None = None
    explanation: str | None = None
    answered_by: bytes | None = None
    verdict: str | None = None
    signed_by: bytes | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries of a plan and unit stand so."""

    plan_id: UUID
    unit: str
    state: str
    number: int


def is_manager(grants: Iterable[Grant], organisation: str, unit: str, now: datetime) -> bool:
    """Whether one of a person's grants makes them manager of this unit, or of all of the organisation, now."""
    return any(
        grant.organisation == organisation
        and grant.role == "manager"
        and grant.unit in {None, unit}
        and grant.revoked_at is None
        and grant.valid_from <= now < grant.valid_until
        for grant in grants
    )


def is_manager_anywhere(grants: Iterable[Grant], organisation: str, now: datetime) -> bool:
    """Whether one of a person's grants makes them manager of anything of this organisation now."""
    held = list(grants)
    return any(is_manager(held, organisation, grant.unit or "", now) for grant in held)
