"""One guardian decides alone in a question: one attests, another confirms, and it ends by its day or when somebody of the unit says so."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import agreed, words_of
from services.consent.domain.custody import Known, Person
from services.consent.domain.numbers import normalised
from services.consent.domain.one_guardian import Attested, WhyOne, faults
from services.consent.domain.periods import day_of
from services.consent.storage import custody, holds, one_guardian, organisations, people, requests
from services.consent.storage.one_guardian import GuardianException
from services.consent.usecases.answer_request import settle
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.reevaluate_rows import reevaluate_rows
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.see_child import see_child
from services.consent.usecases.tell_holder import tell_asker
from services.consent.usecases.weigh_row import weigh_row
from shared.auth import LOA3, Caller, Kind
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid, Refused
from shared.ids import new_id
from shared.law.codes import LeafCategory, Purpose
from shared.law.disposers import AskHuman
from shared.words import CaseNumber, OpaqueId, PersonalNumber


class NewException(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For one question, never for the child as such. The number stands in the body only."""

    child_ref: UUID
    unit: OpaqueId
    purpose: Purpose
    category: LeafCategory
    guardian: PersonalNumber
    """Whose yes is not waited for."""
    reason: WhyOne
    document: CaseNumber
    """The number of the note in the organisation's own records where the reason stands in words."""
    last_day: date
    cannot_wait: bool
    not_far_reaching: bool
    no_known_disagreement: bool


class ExceptionKept(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: `second-person-needed`, `in-force`, `ended`. Whether it decides anything is not said: custody may already say the same."""

    exception_id: UUID
    state: str


class ExceptionListed(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a second person, or is in force. Which guardian stands in the note, not here."""

    exception_id: UUID
    child_ref: UUID
    unit: str
    purpose: Purpose
    category: LeafCategory
    reason: WhyOne
    document: str
    last_day: date
    attested_at: datetime
    state: str


class ExceptionList(msgspec.Struct, frozen=True, kw_only=True):
    """Oldest first."""

    exceptions: tuple[ExceptionListed, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Excusal:
    """The view, and the stops that the barrier must confirm after the commit."""

    view: ExceptionKept
    stops: tuple[Stop, ...] = ()


async def attest_exception(tx: Connection, means: Means, caller: Caller, made: NewException, *, now: datetime) -> Excusal | AppError:
    """The first of the two, at LoA 3 and of the unit that holds the information. A system cannot. It changes nothing yet.

    Source: FB 6:13 st. 2. That a board lets a measure go ahead (FB 6:13 a) is no reason here: whether it moves secrecy too is open.
    """
    refusal = await check_grant(tx, caller, "guardian-exception.attested", operator=means.operator, now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    child = await see_child(tx, means.vault, caller, caller.organisation, made.child_ref)
    unit = await organisations.unit(tx, made.unit)
    if child is None or unit is None or unit.organisation != caller.organisation:
        return await refuse_access(tx, caller, owner=caller.organisation, object_id=made.child_ref, now=now)
    attested = GuardianException(
        exception_id=new_id(now),
        child_id=child.person_id,
        guardian_id=await _guardian(tx, means, made, now=now),
        organisation=caller.organisation,
        discloser_unit=made.unit,
        purpose=made.purpose,
        category=made.category,
        reason=made.reason,
        document=made.document,
        last_day=made.last_day,
        attested_by=caller.principal,
        attested_at=now,
    )
    refused = await _may(tx, caller, attested, "attested", now=now)
    if refused is not None:
        return refused
    await one_guardian.add(tx, attested)
    await _note(tx, caller, attested, "attested", now=now, subject=child.subject_id)
    return Excusal(view=_view(attested))


async def confirm_exception(tx: Connection, means: Means, caller: Caller, exception_id: UUID, *, now: datetime) -> Excusal | AppError:
    """Another person at LoA 3: from now it counts, and what now has everybody's yes is given. Again changes nothing."""
    opened = await _own(tx, means, caller, exception_id, "confirmed", now=now)
    if isinstance(opened, AppError):
        return opened
    found, child = opened
    refused = await _may(tx, caller, found, "confirmed", now=now)
    if refused is None and found.attested_by == caller.principal:
        refused = await _refuse(tx, caller, found, "confirmed", Refused("second-person-needed"), now=now)
    if refused is not None:
        return refused
    if found.confirmed_by is not None or found.ended_by is not None or found.last_day < day_of(now):
        return Excusal(view=_view(found, now))
    await one_guardian.confirm(tx, exception_id, caller.principal, now=now)
    await _note(tx, caller, found, "confirmed", now=now, subject=child.subject_id)
    stops = await _give_what_is_complete(tx, means, found, await custody.known(tx, child), now=now)
    return Excusal(view=ExceptionKept(exception_id=exception_id, state="in-force"), stops=stops)


async def end_exception(tx: Connection, means: Means, caller: Caller, exception_id: UUID, *, now: datetime) -> Excusal | AppError:
    """End it before its day: one person is enough, for it only narrows. What lacks the guardian's yes stops, through the barrier."""
    opened = await _own(tx, means, caller, exception_id, "ended", now=now)
    if isinstance(opened, AppError):
        return opened
    found, child = opened
    if caller.kind is not Kind.PERSON:
        return await _refuse(tx, caller, found, "ended", Refused("second-person-needed"), now=now)
    if found.ended_by is not None:
        return Excusal(view=_view(found, now))
    await one_guardian.end(tx, exception_id, caller.principal, now=now)
    await _note(tx, caller, found, "ended", now=now, subject=child.subject_id)
    stops = await reevaluate_rows(tx, means.vault, await custody.known(tx, child), now=now)
    return Excusal(view=ExceptionKept(exception_id=exception_id, state="ended"), stops=stops)


async def list_exceptions(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> ExceptionList | Refused | Invalid:
    """What waits or is in force at the units that the caller has a grant for. One entry."""
    action = "guardian-exceptions.listed"
    refusal = await check_grant(tx, caller, action, operator=means.operator, now=now)
    organisation = caller.organisation
    if refusal is not None or organisation is None:
        return refusal or Invalid("request-invalid")
    units = await organisations.granted_units(tx, caller.principal, organisation, now=now)
    listed = [
        ExceptionListed(
            exception_id=one.exception_id,
            child_ref=await people.reference(tx, organisation, one.child_id, now=now),
            unit=one.discloser_unit,
            purpose=Purpose(one.purpose),
            category=LeafCategory(one.category),
            reason=one.reason,
            document=one.document,
            last_day=one.last_day,
            attested_at=one.attested_at,
            state=_view(one, now).state,
        )
        for one in await one_guardian.running(tx, organisation, units, day_of(now))
        if await holds.may_see(tx, one.child_id, organisation, caller.principal)
    ]
    await record(tx, caller, action, organisation=organisation, now=now)
    return ExceptionList(exceptions=tuple(listed))


async def _guardian(tx: Connection, means: Means, made: NewException, *, now: datetime) -> UUID:
    wrong = faults(
        Attested(
            reason=made.reason,
            last_day=made.last_day,
            cannot_wait=made.cannot_wait,
            not_far_reaching=made.not_far_reaching,
            no_known_disagreement=made.no_known_disagreement,
        ),
        day_of(now),
    )
    digits = normalised(made.guardian)
    if digits is None:
        wrong.append(("guardian", "not a number of twelve digits"))
    if digits is None or wrong:
        raise Invalid("request-invalid", faults=[Fault(f"#/{member}", text) for member, text in wrong])
    return (await people.ensure(tx, means.vault, digits, name=None, now=now)).person_id


async def _own(
    tx: Connection, means: Means, caller: Caller, exception_id: UUID, act: str, *, now: datetime
) -> tuple[GuardianException, Person] | AppError:
    """The caller organisation's own and its child, under the child's lock."""
    refusal = await check_grant(tx, caller, f"guardian-exception.{act}", operator=means.operator, now=now)
    if refusal is not None:
        return refusal
    found = await one_guardian.get(tx, exception_id)
    if found is not None and found.organisation == caller.organisation:
        await people.lock(tx, found.child_id)
        found = await one_guardian.get(tx, exception_id)
        child = None if found is None else await people.get(tx, means.vault, found.child_id)
        if found is not None and child is not None:
            return found, child
    owner = caller.organisation or means.operator if found is None else found.organisation
    return await refuse_access(tx, caller, owner=owner, object_id=exception_id, now=now)


async def _may(tx: Connection, caller: Caller, found: GuardianException, act: str, *, now: datetime) -> AppError | None:
    """Each of the two is a named person at LoA 3 with a grant at the unit."""
    if caller.kind is not Kind.PERSON or caller.acr not in LOA3:
        return await _refuse(tx, caller, found, act, Refused("second-person-needed"), now=now)
    if not await organisations.has_grant_at(tx, caller.principal, found.organisation, found.discloser_unit, now=now):
        return await _refuse(tx, caller, found, act, Refused("no-grant"), now=now)
    return None


async def _give_what_is_complete(
    tx: Connection, means: Means, found: GuardianException, child: Known, *, now: datetime
) -> tuple[Stop, ...]:
    """As when the last answer comes: each row of the question that has everybody's yes now."""
    stops: list[Stop] = []
    for request_id in await one_guardian.rounds(tx, found, day_of(now)):
        request = await requests.get(tx, request_id)
        if request is None:
            continue
        for row in await requests.rows(tx, request_id):
            facts = (await weigh_row(tx, means.vault, child, row.key, request.regime, now=now)).record
            latest = facts.request_id == request_id
            if latest and not isinstance(facts.who, AskHuman) and agreed(facts.who, words_of(facts)):
                stops.extend(await settle(tx, means, request, [row], facts.who.needed[0].person_id, now=now))
        await tell_asker(tx, request_id, now=now)
    return tuple(stops)


def _view(found: GuardianException, now: datetime | None = None) -> ExceptionKept:
    over = found.ended_by is not None or (now is not None and found.last_day < day_of(now))
    state = "ended" if over else "second-person-needed" if found.confirmed_by is None else "in-force"
    return ExceptionKept(exception_id=found.exception_id, state=state)


async def _note(tx: Connection, caller: Caller, found: GuardianException, act: str, *, now: datetime, subject: UUID) -> None:
    await record(
        tx,
        caller,
        f"guardian-exception.{act}",
        organisation=found.organisation,
        now=now,
        subject=subject,
        reasons=(found.reason,),
        object_id=found.exception_id,
    )


async def _refuse(tx: Connection, caller: Caller, found: GuardianException, act: str, refusal: AppError, *, now: datetime) -> AppError:
    await record(
        tx,
        caller,
        f"guardian-exception.{act}",
        organisation=found.organisation,
        now=now,
        answer="refused",
        reasons=(refusal.code,),
        object_id=found.exception_id,
    )
    return refusal
