"""Open a question to a family, asked for by a professional through sharing."""

from datetime import datetime

from services.consent.domain.periods import last_day, longest
from services.consent.domain.request import AskedRow, Request
from services.consent.storage import organisations, people, renewals, requests
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from shared.contracts.consent import RowKey
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection
from shared.errors import Unavailable

ACTOR = "consent-wanted"


async def open_request(tx: Connection, means: Means, event: ConsentWanted, *, now: datetime) -> None:
    """Keep the question with the text as it reads now; who must answer is worked out whenever somebody looks or answers.

    The same event again changes nothing. Raises Unavailable while the unit is not known here: its event is on the way.
    """
    unit = await organisations.unit(tx, event.discloser_unit)
    if unit is None or unit.organisation != event.organisation:
        raise Unavailable
    child = await people.get_subject(tx, means.vault, event.subject_id)
    if child is None:
        await record(tx, ACTOR, "request.refused", organisation=event.organisation, now=now, answer="refused", object_id=event.request_id)
        return
    await people.lock(tx, child.person_id)
    sha256 = means.texts.sha256
    await requests.keep_text(tx, sha256, means.texts.text.id, means.texts.text.version, means.texts, now=now)
    months = longest(event.longest_months)
    request = Request(
        request_id=event.request_id,
        case_id=event.case_id,
        child_id=child.person_id,
        organisation=event.organisation,
        discloser_unit=event.discloser_unit,
        regime=unit.regime,
        model=event.model,
        text_sha256=sha256,
        asked_at=now,
        answer_by=event.answer_by,
        last_day=last_day(event.until, now, months),
        longest_months=months,
    )
    rows = _rows(event)
    if await requests.add(tx, request, rows):
        renews = await renewals.holding(tx, request.request_id, now=now)
        if renews is not None:
            await renewals.link(tx, request.request_id, renews)
        await record(
            tx,
            ACTOR,
            "consent.asked",
            organisation=event.organisation,
            now=now,
            subject=event.subject_id,
            request=request,
            rows=rows,
            object_id=event.request_id,
        )


def _rows(event: ConsentWanted) -> list[AskedRow]:
    keys = dict.fromkeys(
        RowKey(
            subject_id=event.subject_id,
            discloser_unit=event.discloser_unit,
            recipient_unit=row.recipient_unit,
            purpose=row.purpose,
            category=row.category,
            about=row.about,
        )
        for row in event.rows
    )
    return [AskedRow(row_number=number, key=key) for number, key in enumerate(keys, start=1)]
