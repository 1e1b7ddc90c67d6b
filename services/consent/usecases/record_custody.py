"""An organisation states who decides for a child it has named; what it says never beats a stronger source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.custody import Known, Rank, Statement
from services.consent.domain.numbers import normalised
from services.consent.domain.periods import day_of
from services.consent.storage import custody, organisations, people
from services.consent.storage.custody import Source
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.reevaluate_rows import reevaluate_rows
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.see_child import see_child
from shared.auth import LOA3, Caller, Kind
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid, Refused
from shared.ids import new_id
from shared.law.disposers import Custody, Guardian
from shared.words import CaseNumber, PersonalNumber, Principal


class StatedGuardian(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A guardian as the organisation knows them."""

    number: PersonalNumber
    custody: Custody


class CustodyStated(msgspec.Struct, frozen=True, kw_only=True):
    """The statement's id. Whether it decides anything is not said: another source may be stronger."""

    statement_id: UUID


class NewStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole picture; `document` is its number at court or board, `second` who else has seen it (`<issuer> <subject>`)."""

    child_ref: UUID
    guardians: tuple[StatedGuardian, ...]
    document: CaseNumber | None = None
    second: Principal | None = None
    first_day: date | None = None
    last_day: date | None = None
    care_order: bool = False

    @property
    def rank(self) -> Rank:
        """A document that two have seen, or what staff say."""
        return Rank.DOCUMENT if self.document and self.second else Rank.STAFF


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """The view, and the stops that the barrier must confirm after the commit."""

    view: CustodyStated
    stops: tuple[Stop, ...]


async def record_custody(tx: Connection, means: Means, caller: Caller, stated: NewStatement, *, now: datetime) -> Stated | AppError:
    """Keep the statement and look again at everything given for the child.

    Taking away a required signer takes a named person at LoA 3, a document, a second person and an end date: a system cannot.
    Source: FB 6:13; DESIGN 6 "Custody".
    """
    refusal = await check_grant(tx, caller, "custody.stated", operator=means.operator, now=now)
    if refusal is not None or caller.organisation is None:
        return refusal or Invalid("request-invalid")
    child = await see_child(tx, means.vault, caller, caller.organisation, stated.child_ref)
    if child is None:
        return await refuse_access(tx, caller, owner=caller.organisation, object_id=stated.child_ref, now=now)
    await people.lock(tx, child.person_id)
    if stated.second is not None and not await _is_another(tx, caller, caller.organisation, stated.second, now=now):
        return await _refuse(tx, caller, caller.organisation, child.subject_id, "second-person-needed", now=now)
    guardians = await _guardians(tx, means, stated.guardians, now=now)
    known = await custody.known(tx, child)
    statement = Statement(
        statement_id=new_id(now),
        child_id=child.person_id,
        rank=stated.rank,
        organisation=caller.organisation,
        stated_at=now,
        first_day=stated.first_day or day_of(now),
        last_day=stated.last_day,
        guardians=guardians,
        care_order=stated.care_order,
    )
    after = Known(person=child, statements=(*known.statements, statement))
    if _takes_away(known, after, now) and not _may_take_away(caller, stated):
        return await _refuse(tx, caller, caller.organisation, child.subject_id, "second-person-needed", now=now)
    await custody.add(tx, statement, Source(stated_by=caller.principal, second=stated.second, document=stated.document))
    stops = await reevaluate_rows(tx, means.vault, after, now=now)
    await record(
        tx,
        caller,
        "custody.stated",
        organisation=caller.organisation,
        now=now,
        subject=child.subject_id,
        reasons=(statement.rank,),
        object_id=statement.statement_id,
    )
    return Stated(view=CustodyStated(statement_id=statement.statement_id), stops=stops)


async def _is_another(tx: Connection, caller: Caller, organisation: str, second: str, *, now: datetime) -> bool:
    return second != caller.principal and await organisations.has_grant(tx, second, organisation, now=now)


def _takes_away(before: Known, after: Known, now: datetime) -> bool:
    earlier, later = (one.family_on(day_of(now)) for one in (before, after))
    if later.disputed or later.care_order:
        return False  # nobody is taken away: a human is asked
    return bool({one.person_id for one in earlier.guardians} - {one.person_id for one in later.guardians})


def _may_take_away(caller: Caller, stated: NewStatement) -> bool:
    named = caller.kind is Kind.PERSON and caller.acr in LOA3
    return named and stated.rank is Rank.DOCUMENT and stated.last_day is not None


async def _guardians(tx: Connection, means: Means, stated: Sequence[StatedGuardian], *, now: datetime) -> tuple[Guardian, ...]:
    found = []
    for place, one in enumerate(stated):
        digits = normalised(one.number)
        if digits is None:
            raise Invalid("request-invalid", faults=[Fault(f"#/guardians/{place}/number", "not a number of twelve digits")])
        person = await people.ensure(tx, means.vault, digits, name=None, now=now)
        found.append(Guardian(person_id=person.person_id, custody=one.custody))
    return tuple(found)


async def _refuse(tx: Connection, caller: Caller, organisation: str, subject: UUID, code: str, *, now: datetime) -> Refused:
    await record(tx, caller, "custody.stated", organisation=organisation, now=now, subject=subject, answer="refused", reasons=(code,))
    return Refused(code)
