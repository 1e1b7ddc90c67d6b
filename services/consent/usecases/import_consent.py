"""Take over one consent that was collected before Samsyn: who must answer is worked out as always, and it never holds for long."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from services.consent.domain.consent import Choice
from services.consent.domain.custody import Known
from services.consent.domain.numbers import normalised
from services.consent.domain.periods import LONGEST_MONTHS, day_of, months_later, start_of
from services.consent.domain.register import Registered
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import consents, custody, imports, organisations, people, requests
from services.consent.storage.organisations import Unit
from services.consent.usecases.answer_request import settle
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.name_child import name_child, number_in
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.weigh_row import Weighed, weigh_rows
from shared.auth import Caller, Kind
from shared.contracts.consent import RowKey
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid, Refused
from shared.ids import new_id
from shared.law.codes import LeafCategory, Purpose
from shared.law.disposers import AskHuman
from shared.words import OpaqueId, PersonalNumber, Sha256

ACTION = "consent.imported"
WAY = "imported"
MODEL: OpaqueId = "imported"


class ImportConsent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a file. `signers` are all who have said yes; numbers stand in the body only."""

    file_sha256: Sha256
    line: Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]
    number: PersonalNumber
    """The child's."""
    discloser_unit: OpaqueId
    recipient_unit: OpaqueId
    purpose: Purpose
    categories: Annotated[tuple[LeafCategory, ...], msgspec.Meta(min_length=1, max_length=30)]
    given_on: date
    last_day: date
    signers: Annotated[tuple[PersonalNumber, ...], msgspec.Meta(min_length=1, max_length=10)]


class ConsentImported(msgspec.Struct, frozen=True, kw_only=True):
    """The consent that the line has become, and until which day it holds."""

    consent_id: UUID
    last_day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """The view, and stops that a change of custody in the register has brought."""

    view: ConsentImported
    stops: tuple[Stop, ...] = ()


async def import_consent(
    tx: Connection, means: Means, caller: Caller, made: ImportConsent, found: Registered | None, *, now: datetime
) -> Imported | AppError:
    """Refused, with a code as detail, where not everybody who must has signed, or Samsyn has asked about a row itself.

    It holds until its own last day and never longer than twelve months from when it was given. The same line of the same file again
    is the same consent. Source: `domain` 3.2; the end of old papers is policy.
    """
    refusal = await check_grant(tx, caller, ACTION, operator=means.operator, now=now)
    organisation = caller.organisation
    if refusal is not None or organisation is None:
        return refusal or Invalid("request-invalid")
    unit = await organisations.unit(tx, made.discloser_unit)
    if unit is None or unit.organisation != organisation or not await _may(tx, caller, unit, now=now):
        return await refuse_access(tx, caller, owner=organisation, object_id=new_id(now), now=now)
    last_day = min(made.last_day, months_later(made.given_on, LONGEST_MONTHS))
    known = await imports.taken(tx, organisation, bytes.fromhex(made.file_sha256), made.line)
    if known is not None:
        return Imported(view=ConsentImported(consent_id=known, last_day=last_day))
    signers = await _signers(tx, means, made, now=now)
    named = await name_child(tx, means, caller, made.number, found, now=now)
    child = await people.find(tx, means.vault, number_in(made.number))
    if isinstance(named, AppError) or child is None:
        return named if isinstance(named, AppError) else Invalid("request-invalid")
    await people.lock(tx, child.person_id)
    family = await custody.known(tx, child)
    rows = _rows(made, child.subject_id)
    weighed = await weigh_rows(tx, means.vault, [(family, row.key, unit.regime) for row in rows], now=now)
    code = _fault(made, last_day, weighed, signers, now)
    if code is not None:
        await _record(tx, caller, unit, child.subject_id, rows, now=now, refused=code)
        return Refused("import-refused", code)
    consent_id = await _give(tx, means, caller, made, unit, family, rows, weighed, last_day, now=now)
    return Imported(view=ConsentImported(consent_id=consent_id, last_day=last_day), stops=named.stops)


async def _may(tx: Connection, caller: Caller, unit: Unit, *, now: datetime) -> bool:
    if caller.kind is not Kind.PERSON:
        return True
    return await organisations.has_grant_at(tx, caller.principal, unit.organisation, unit.unit, now=now)


async def _signers(tx: Connection, means: Means, made: ImportConsent, *, now: datetime) -> set[UUID]:
    found = set()
    for place, number in enumerate(made.signers):
        digits = normalised(number)
        if digits is None:
            raise Invalid("request-invalid", faults=[Fault(f"#/signers/{place}", "not a number of twelve digits")])
        found.add((await people.ensure(tx, means.vault, digits, name=None, now=now)).person_id)
    return found


def _rows(made: ImportConsent, subject_id: UUID) -> list[AskedRow]:
    return [
        AskedRow(
            row_number=number,
            key=RowKey(
                subject_id=subject_id,
                discloser_unit=made.discloser_unit,
                recipient_unit=made.recipient_unit,
                purpose=made.purpose,
                category=category,
            ),
        )
        for number, category in enumerate(dict.fromkeys(made.categories), start=1)
    ]


def _fault(made: ImportConsent, last_day: date, weighed: list[Weighed], signers: set[UUID], now: datetime) -> str | None:
    """Why the line cannot be taken, as one code; the dates first."""
    today = day_of(now)
    if made.given_on > today or made.last_day < made.given_on:
        return "dates-wrong"
    if last_day < today:
        return "expired"
    for one in weighed:
        if one.record.request_id is not None:
            return "asked-here"  # what the family has said here stands above any paper
        if isinstance(one.record.who, AskHuman):
            return "ask-human"
        if {disposer.person_id for disposer in one.record.who.needed} - signers:
            return "signer-missing"
    return None


async def _give(
    tx: Connection,
    means: Means,
    caller: Caller,
    made: ImportConsent,
    unit: Unit,
    child: Known,
    rows: list[AskedRow],
    weighed: list[Weighed],
    last_day: date,
    *,
    now: datetime,
) -> UUID:
    texts = means.texts
    await requests.keep_text(tx, texts.sha256, texts.text.id, texts.text.version, texts, now=now)
    request = Request(
        request_id=new_id(now),
        case_id=new_id(now),
        child_id=child.person.person_id,
        organisation=unit.organisation,
        discloser_unit=unit.unit,
        regime=unit.regime,
        model=MODEL,
        text_sha256=texts.sha256,
        asked_at=start_of(made.given_on),
        answer_by=now,
        last_day=last_day,
        longest_months=LONGEST_MONTHS,
    )
    await requests.add(tx, request, rows)
    for row, one in zip(rows, weighed, strict=True):
        needed = [] if isinstance(one.record.who, AskHuman) else [disposer.person_id for disposer in one.record.who.needed]
        for person_id in needed:
            await requests.add_answer(tx, _answer(caller, request, row, person_id, made, now))
        await settle(tx, means, request, [row], needed[0], now=now)
    consent_id = (await consents.of_request(tx, request.request_id))[0].consent_id
    await imports.add(
        tx,
        unit.organisation,
        bytes.fromhex(made.file_sha256),
        made.line,
        request.request_id,
        consent_id,
        caller.principal,
        now=now,
    )
    await _record(tx, caller, unit, child.person.subject_id, rows, now=now, consent_id=consent_id)
    return consent_id


def _answer(caller: Caller, request: Request, row: AskedRow, person_id: UUID, made: ImportConsent, now: datetime) -> requests.NewAnswer:
    return requests.NewAnswer(
        answer_id=new_id(now),
        request_id=request.request_id,
        row_number=row.row_number,
        person_id=person_id,
        choice=Choice.YES,
        way=WAY,
        issuer=caller.principal,
        acr="",
        authenticated_at=None,
        served_id=None,
        answered_at=start_of(made.given_on),
        recorded_at=now,
    )


async def _record(
    tx: Connection,
    caller: Caller,
    unit: Unit,
    subject_id: UUID,
    rows: list[AskedRow],
    *,
    now: datetime,
    consent_id: UUID | None = None,
    refused: str | None = None,
) -> None:
    await record(
        tx,
        caller,
        ACTION,
        organisation=unit.organisation,
        now=now,
        subject=subject_id,
        rows=rows,
        answer="done" if refused is None else "refused",
        reasons=() if refused is None else (refused,),
        object_id=consent_id,
    )
