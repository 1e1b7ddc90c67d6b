"""What a named professional has judged for one question: maturity, confidence, secrecy towards a guardian."""

from datetime import date
from uuid import UUID

import msgspec

from services.consent.domain.one_guardian import Excused
from shared.law.disposers import Maturity


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Never about the child as such, always for (unit, purpose, category). Nothing judged is the default."""

    maturity: Maturity | None = None
    in_confidence: bool = False
    secret_from: tuple[UUID, ...] = ()
    last_day: date | None = None
    excused: tuple[Excused, ...] = ()
    """Guardians whose yes is not waited for in this question, as two persons have attested."""
