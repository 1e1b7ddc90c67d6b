"""Show a request to somebody who is asked, and keep what was shown: an answer without that is refused."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from services.consent.domain.consent import Choice
from services.consent.domain.request import AskedRow, Request, Served
from services.consent.domain.wording import Language, Page, Rendering, Texts, Told, page
from services.consent.storage import organisations, people, requests
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.see_request import Seen, see_request
from services.consent.usecases.show_renewal import RenewalShown, show_renewal
from shared.auth import Caller
from shared.database import Connection
from shared.errors import NotFound
from shared.ids import new_id
from shared.law.codes import LeafCategory, Purpose


class OwnChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader has answered on one row; None before."""

    row: int
    choice: Choice | None
    reason: str | None = None
    """With the reader's own no, where they said why."""
    medium: str | None = None
    """How the reader's own answer came: `e-identity`, `paper`, `oral`, or `imported` where it was collected before Samsyn."""


class RowShown(msgspec.Struct, frozen=True, kw_only=True):
    """What one row's sentence says, in parts: for a picture of who may tell whom what."""

    row: int
    discloser: str
    recipient: str
    category: LeafCategory
    purpose: Purpose


class RequestShown(msgspec.Struct, frozen=True, kw_only=True):
    """The page, and the id that an answer names to prove that it was shown."""

    request_id: UUID
    served_id: UUID
    child_name: str | None
    page: Page
    your_answers: tuple[OwnChoice, ...]
    complete: bool
    """Everything here holds. When false it is not said whose answer is missing, nor why."""
    answer_by: datetime
    renewal: RenewalShown | None = None
    """What has changed since the earlier round, where this one renews it."""
    rows: tuple[RowShown, ...] = ()
    last_day: date | None = None
    about_you: bool = False
    """The reader is the child."""


async def show_request(
    tx: Connection, means: Means, caller: Caller, request_id: UUID, language: Language, rendering: Rendering | None, *, now: datetime
) -> RequestShown | NotFound:
    """Only the reader's own rows and own answers; the served record and the entry are in this transaction.

    Without a `rendering` a child reads the text for children, everybody else the standard one.
    """
    person_id = person_of(caller)
    request = await requests.get(tx, request_id)
    seen = None if request is None else await see_request(tx, means.vault, request, person_id, now=now)
    if request is None or seen is None:
        owner = means.operator if request is None else request.organisation
        return await refuse_access(tx, caller, owner=owner, object_id=request_id, now=now)
    if rendering is None:
        rendering = Rendering.CHILD if request.child_id == person_id else Rendering.STANDARD
    shown = await page_of(tx, request, [row for row, _ in seen.rows], language, rendering)
    served = Served(
        served_id=new_id(now),
        request_id=request_id,
        person_id=person_id,
        text_sha256=request.text_sha256,
        language=language,
        rendering=rendering,
        shown_sha256=shown.sha256,
        served_at=now,
    )
    await requests.add_served(tx, served)
    await record(
        tx,
        caller,
        "request.shown",
        organisation=request.organisation,
        now=now,
        subject=seen.child.person.subject_id,
        request=request,
        rows=[row for row, _ in seen.rows],
        object_id=request_id,
    )
    return await _shown(tx, means, seen, served, shown, now=now)


async def _shown(tx: Connection, means: Means, seen: Seen, served: Served, shown: Page, *, now: datetime) -> RequestShown:
    own = await requests.own_answers(tx, served.request_id, served.person_id)
    return RequestShown(
        request_id=served.request_id,
        served_id=served.served_id,
        child_name=await people.name_of(tx, means.vault, seen.request.child_id),
        page=shown,
        your_answers=tuple(_own(row.row_number, own.get(row.row_number)) for row, _ in seen.rows),
        complete=seen.complete(now),
        answer_by=seen.request.answer_by,
        renewal=await show_renewal(tx, means, seen, served.person_id, now=now),
        rows=tuple([await _row(tx, seen.request, row) for row, _ in seen.rows]),
        last_day=seen.request.last_day,
        about_you=seen.request.child_id == served.person_id,
    )


async def _row(tx: Connection, request: Request, row: AskedRow) -> RowShown:
    discloser = await organisations.unit(tx, request.discloser_unit)
    return RowShown(
        row=row.row_number,
        discloser=request.discloser_unit if discloser is None else discloser.name,
        recipient=await unit_name(tx, row.key.recipient_unit),
        category=LeafCategory(row.key.category),
        purpose=Purpose(row.key.purpose),
    )


def _own(row: int, answer: requests.OwnAnswer | None) -> OwnChoice:
    return (
        OwnChoice(row=row, choice=None)
        if answer is None
        else OwnChoice(row=row, choice=answer.choice, reason=answer.reason, medium=answer.way)
    )


async def page_of(tx: Connection, request: Request, rows: list[AskedRow], language: Language, rendering: Rendering) -> Page:
    """The page with these rows, as the text read when it was asked."""
    texts = msgspec.convert(await requests.text(tx, request.text_sha256), Texts)
    discloser = await organisations.unit(tx, request.discloser_unit)
    told = [
        Told(
            row_number=row.row_number,
            discloser=request.discloser_unit if discloser is None else discloser.name,
            recipient=await unit_name(tx, row.key.recipient_unit),
            category=LeafCategory(row.key.category),
            purpose=Purpose(row.key.purpose),
        )
        for row in rows
    ]
    organisation = request.organisation if discloser is None else discloser.display_name
    return page(texts, tuple(told), organisation=organisation, last_day=request.last_day, language=language, rendering=rendering)


async def unit_name(tx: Connection, unit_id: str) -> str:
    """What a family reads: unit and organisation, or the code while they are not known here."""
    unit = await organisations.unit(tx, unit_id)
    return unit_id if unit is None else f"{unit.name}, {unit.display_name}"
