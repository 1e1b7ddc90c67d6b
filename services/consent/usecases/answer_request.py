"""Somebody who is asked says yes, no, or wants to talk first; when all have said yes the consent takes the rows over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Choice, Ending, Standing, agreed, latest, with_word, words_of
from services.consent.domain.recording import Refusal
from services.consent.domain.request import AskedRow, Request
from services.consent.domain.validity import valid_until
from services.consent.storage import consents, people, requests
from services.consent.usecases.change_rows import stop_rows, write_rows
from services.consent.usecases.check_custody import is_silent_too_long
from services.consent.usecases.entries import record
from services.consent.usecases.issue_receipt import Way, issue_answer
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.see_request import Seen, see_request
from services.consent.usecases.tell_holder import tell_asker
from services.consent.usecases.weigh_row import Weighed
from shared.auth import Caller
from shared.contracts.consent import GoverningRow, RowState
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError, Fault, Invalid, Refused
from shared.ids import new_id
from shared.law.disposers import AskHuman


class RowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A word on one row."""

    row: int
    choice: Choice
    reason: Refusal | None = None
    """With a no, where somebody wants to say why."""


class RowAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """The reader's own word, and whether the row holds now."""

    row: int
    choice: Choice | None
    holds: bool


class RequestAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """What the person has now answered. Says nothing of anybody else."""

    request_id: UUID
    rows: tuple[RowAnswered, ...]
    complete: bool
    receipt_id: UUID | None = None
    """For what was said now; None when nothing new was."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """The view, and the stops that the barrier must confirm after the commit."""

    view: RequestAnswered
    stops: tuple[Stop, ...] = ()


async def answer_request(
    tx: Connection, means: Means, caller: Caller, request_id: UUID, served_id: UUID, answers: Sequence[RowAnswer], *, now: datetime
) -> Answered | AppError:
    """Add the person's answers; a later one of the same person replaces the earlier by time of answering.

    The same answers again change nothing. A no, or a wish to talk, stops what was given at once. Level of assurance is the guard's.
    """
    person_id = person_of(caller)
    request = await requests.get(tx, request_id)
    if request is not None:
        await people.lock(tx, request.child_id)
    seen = None if request is None else await see_request(tx, means.vault, request, person_id, now=now)
    if request is None or seen is None:
        owner = means.operator if request is None else request.organisation
        return await refuse_access(tx, caller, owner=owner, object_id=request_id, now=now)
    asked = {row.row_number: row for row, _ in seen.rows}
    check_rows(answers, asked)
    served = await requests.served(tx, served_id)
    if served is None or (served.person_id, served.request_id) != (person_id, request_id):
        await _record(tx, caller, seen, list(asked.values()), ("text-not-shown",), answer="refused", now=now)
        return Refused("text-not-shown")
    if any(one.choice is Choice.YES for one in answers) and await is_silent_too_long(tx, means, request.child_id, now=now):
        await _record(tx, caller, seen, list(asked.values()), ("custody-not-checked",), answer="refused", now=now)
        return Refused("custody-not-checked")
    own = await requests.own_answers(tx, request_id, person_id)
    new = [one for one in answers if one.row not in own or (own[one.row].choice, own[one.row].served_id) != (one.choice, served_id)]
    for one in new:
        await _add(tx, caller, request_id, person_id, served_id, one, now=now)
    if new:
        seen = _said(seen, new, person_id, now)
        stops, still = await _settle(tx, request, [asked[one.row] for one in new], seen, person_id, now=now)
        seen = still or await see_request(tx, means.vault, request, person_id, now=now) or seen
    else:
        stops = ()
    if new:
        reasons = tuple(sorted({str(one.choice) for one in new})) + (("complete",) if seen.complete(now) else ())
        await _record(tx, caller, seen, [asked[one.row] for one in new], reasons, answer="done", now=now)
        await tell_asker(tx, request_id, now=now)
    said = {one.row: str(one.choice) for one in new}
    receipt_id = await issue_answer(tx, person_id, request_id, said, Way.of(caller), served_id, now=now) if new else None
    choices = {number: one.choice for number, one in own.items()} | {one.row: one.choice for one in new}
    view = _view(seen, choices, now)
    return Answered(view=msgspec.structs.replace(view, receipt_id=receipt_id), stops=stops)


def check_rows(answers: Sequence[RowAnswer], asked: dict[int, AskedRow]) -> None:
    """One word for each row of the question that is the person's; a reason only with a no. Raises Invalid."""
    faults = [Fault(f"#/answers/{place}/row", "not a row of this request") for place, one in enumerate(answers) if one.row not in asked]
    if len({one.row for one in answers}) != len(answers) or not answers:
        faults.append(Fault("#/answers", "one answer for each row"))
    faults += [
        Fault(f"#/answers/{place}/reason", "only with a no")
        for place, one in enumerate(answers)
        if one.reason is not None and one.choice is not Choice.NO
    ]
    if faults:
        raise Invalid("request-invalid", faults=faults)


async def _add(
    tx: Connection, caller: Caller, request_id: UUID, person_id: UUID, served_id: UUID, answer: RowAnswer, *, now: datetime
) -> None:
    await requests.add_answer(
        tx,
        requests.NewAnswer(
            answer_id=new_id(now),
            request_id=request_id,
            row_number=answer.row,
            person_id=person_id,
            choice=answer.choice,
            way="e-identity",
            issuer=caller.issuer,
            acr=caller.acr or "",
            authenticated_at=caller.authenticated_at,
            served_id=served_id,
            answered_at=now,
            recorded_at=now,
            reason=answer.reason,
        ),
    )


async def settle(
    tx: Connection, means: Means, request: Request, rows: Sequence[AskedRow], person_id: UUID, *, now: datetime
) -> tuple[Stop, ...]:
    """Give what is complete, stop what no longer has everybody's yes."""
    seen = await see_request(tx, means.vault, request, person_id, now=now)
    stops, _ = await _settle(tx, request, rows, seen, person_id, now=now)
    return stops


def _said(seen: Seen, new: Sequence[RowAnswer], person_id: UUID, now: datetime) -> Seen:
    """The request with these words added, as if read again: the child's lock is held, and nobody else has changed anything."""
    words = {
        one.row: Standing(person_id=person_id, choice=one.choice, at=now, recorded_at=now, request_id=seen.request.request_id)
        for one in new
    }
    rows = tuple(
        (row, replace(weighed, record=with_word(weighed.record, words[row.row_number])) if row.row_number in words else weighed)
        for row, weighed in seen.rows
    )
    return replace(seen, rows=rows)


async def _settle(
    tx: Connection, request: Request, rows: Sequence[AskedRow], seen: Seen | None, person_id: UUID, *, now: datetime
) -> tuple[tuple[Stop, ...], Seen | None]:
    """The same, and the request as it stands where no row has changed."""
    epoch, _ = await consents.feed(tx)
    ordered = sorted(rows, key=lambda one: requests.key_values(one.key))
    locked = {one.row_number: await consents.lock_row(tx, one.key, epoch=epoch) for one in ordered}
    weighed = {} if seen is None else {row.row_number: one for row, one in seen.rows}
    complete: list[tuple[AskedRow, Weighed]] = []
    broken: list[GoverningRow] = []
    for row in ordered:
        facts, governing = weighed[row.row_number], locked[row.row_number]
        if facts.record.request_id == request.request_id and agreed(facts.record.who, words_of(facts.record)):
            complete.append((row, facts))
        elif governing is not None and governing.state is RowState.GIVEN and not _everybody(facts):
            broken.append(governing)
    if complete:
        await _give(tx, request, complete, locked, epoch=epoch, now=now)
    stops = await stop_rows(tx, broken, Ending.REFUSED, by=person_id, now=now) if broken else ()
    return stops, None if complete or broken else seen


def _everybody(facts: Weighed) -> bool:
    return agreed(facts.record.who, latest(facts.record.standings))


async def _give(
    tx: Connection,
    request: Request,
    complete: Sequence[tuple[AskedRow, Weighed]],
    locked: dict[int, GoverningRow | None],
    *,
    epoch: int,
    now: datetime,
) -> None:
    live = await consents.live(tx, request.request_id, now=now)
    longer: list[GoverningRow] = []
    new: list[tuple[AskedRow, Weighed, datetime]] = []
    for row, facts in complete:
        end, governing = _end(request, facts, now), locked[row.row_number]
        if end <= now:
            continue  # the period is over
        if governing is None or not _is_held(governing, live, now):
            new.append((row, facts, end))
        elif end > governing.valid_until:
            longer.append(msgspec.structs.replace(governing, valid_until=end))
    given = await _new_rows(tx, request, live, new, epoch=epoch, now=now) if new else []
    await write_rows(tx, [*longer, *given], now=now)


async def _new_rows(
    tx: Connection,
    request: Request,
    live: UUID | None,
    new: Sequence[tuple[AskedRow, Weighed, datetime]],
    *,
    epoch: int,
    now: datetime,
) -> list[GoverningRow]:
    consent = consents.Consent(consent_id=live or new_id(now), request_id=request.request_id, given_at=now)
    if live is None:
        await consents.add(tx, consent)
    given = []
    for row, facts, end in new:
        await consents.add_row(tx, consent, row.row_number, _givers(facts), now=now)
        given.append(
            GoverningRow(
                key=row.key,
                consent_id=consent.consent_id,
                state=RowState.GIVEN,
                epoch=epoch,
                revision=0,  # set where the row is written
                valid_from=max(now, facts.record.paused_until or now),  # a pause is the row's: giving anew does not lift it
                valid_until=end,
            )
        )
    return given


def _is_held(governing: GoverningRow, live: UUID | None, now: datetime) -> bool:
    if governing.consent_id != live:
        return False
    return governing.state is RowState.GIVEN and now < governing.valid_until


def _end(request: Request, facts: Weighed, now: datetime) -> datetime:
    words = words_of(facts.record)
    return valid_until(facts.known, facts.who_on, words, last_day=request.last_day, judgement=facts.judgement, now=now)


def _givers(facts: Weighed) -> list[UUID]:
    return [] if isinstance(facts.record.who, AskHuman) else [one.person_id for one in facts.record.who.needed]


def _view(seen: Seen, own: dict[int, Choice], now: datetime) -> RequestAnswered:
    rows = tuple(
        RowAnswered(row=row.row_number, choice=own.get(row.row_number), holds=seen.holds(weighed, now)) for row, weighed in seen.rows
    )
    return RequestAnswered(request_id=seen.request.request_id, rows=rows, complete=seen.complete(now))


async def _record(
    tx: Connection, caller: Caller, seen: Seen, rows: list[AskedRow], reasons: tuple[str, ...], *, answer: str, now: datetime
) -> None:
    await record(
        tx,
        caller,
        "consent.answered",
        organisation=seen.request.organisation,
        now=now,
        subject=seen.child.person.subject_id,
        request=seen.request,
        rows=rows,
        answer=answer,
        reasons=reasons,
        object_id=seen.request.request_id,
    )
