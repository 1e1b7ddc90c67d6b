"""A named professional judges a child's maturity, confidence or secrecy for one question."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.judgement import Judgement
from services.consent.domain.numbers import normalised
from services.consent.storage import custody, organisations, people
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.reevaluate_rows import reevaluate_rows
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.see_child import see_child
from shared.auth import Caller
from shared.contracts.consent import RowKey
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid
from shared.law.codes import LeafCategory, Purpose
from shared.law.disposers import Maturity
from shared.words import OpaqueId, PersonalNumber


class NewJudgement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For one question: this unit, this purpose, this category. Never for the child as such."""

    child_ref: UUID
    unit: OpaqueId
    purpose: Purpose
    category: LeafCategory
    maturity: Maturity | None = None
    in_confidence: bool = False
    secret_from: tuple[PersonalNumber, ...] = ()
    """Numbers of guardians against whom it is secret (OSL 12:3 p. 1)."""
    last_day: date | None = None


class JudgementMade(msgspec.Struct, frozen=True, kw_only=True):
    """It counts from now."""

    child_ref: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The view, and the stops that the barrier must confirm after the commit."""

    view: JudgementMade
    stops: tuple[Stop, ...]


async def record_judgement(tx: Connection, means: Means, caller: Caller, made: NewJudgement, *, now: datetime) -> Judged | AppError:
    """Keep the judgement, made by the holder of the information alone, and look again at everything given for the child."""
    refusal = await check_grant(tx, caller, "judgement.made", operator=means.operator, now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    child = await see_child(tx, means.vault, caller, caller.organisation, made.child_ref)
    unit = await organisations.unit(tx, made.unit)
    if child is None or unit is None or unit.organisation != caller.organisation:
        return await refuse_access(tx, caller, owner=caller.organisation, object_id=made.child_ref, now=now)
    await people.lock(tx, child.person_id)
    judgement = Judgement(
        maturity=made.maturity,
        in_confidence=made.in_confidence,
        secret_from=await _persons(tx, means, made.secret_from, now=now),
        last_day=made.last_day,
    )
    key = RowKey(subject_id=child.subject_id, discloser_unit=made.unit, recipient_unit="", purpose=made.purpose, category=made.category)
    await custody.judge(tx, child.person_id, key, judgement, judged_by=caller.principal, now=now)
    stops = await reevaluate_rows(tx, means.vault, await custody.known(tx, child), now=now)
    await record(
        tx,
        caller,
        "judgement.made",
        organisation=caller.organisation,
        now=now,
        subject=child.subject_id,
        reasons=(str(made.maturity),) if made.maturity is not None else (),
    )
    return Judged(view=JudgementMade(child_ref=made.child_ref), stops=stops)


async def _persons(tx: Connection, means: Means, numbers: tuple[str, ...], *, now: datetime) -> tuple[UUID, ...]:
    found = []
    for place, number in enumerate(numbers):
        digits = normalised(number)
        if digits is None:
            raise Invalid("request-invalid", faults=[Fault(f"#/secret_from/{place}", "not a number of twelve digits")])
        found.append((await people.ensure(tx, means.vault, digits, name=None, now=now)).person_id)
    return tuple(found)
