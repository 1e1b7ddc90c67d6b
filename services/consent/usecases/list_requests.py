"""A person's own list of questions, newest first."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.domain.request import Request
from services.consent.storage import custody, organisations, people, requests
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.see_request import see_request
from shared.auth import Caller
from shared.database import Connection


class RequestListed(msgspec.Struct, frozen=True, kw_only=True):
    """One question. `answered`: the reader has answered all of its rows; `about_you`: the reader is the child."""

    request_id: UUID
    child_name: str | None
    organisation: str
    asked_at: datetime
    answer_by: datetime
    answered: bool
    complete: bool
    about_you: bool = False


class RequestList(msgspec.Struct, frozen=True, kw_only=True):
    """What this person is asked, and nothing of what others are."""

    requests: tuple[RequestListed, ...]


async def list_requests(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> RequestList:
    """One entry for each discloser whose questions are in the list."""
    person_id = person_of(caller)
    listed = []
    for request in await requests_near(tx, person_id):
        seen = await see_request(tx, means.vault, request, person_id, now=now)
        if seen is None:
            continue
        own = await requests.own_answers(tx, request.request_id, person_id)
        unit = await organisations.unit(tx, request.discloser_unit)
        listed.append(
            (
                request.organisation,
                RequestListed(
                    request_id=request.request_id,
                    child_name=await people.name_of(tx, means.vault, request.child_id),
                    organisation=request.organisation if unit is None else unit.display_name,
                    asked_at=request.asked_at,
                    answer_by=request.answer_by,
                    answered=all(row.row_number in own for row, _ in seen.rows),
                    complete=seen.complete(now),
                    about_you=request.child_id == person_id,
                ),
            )
        )
    for organisation in dict(listed):
        await record(tx, caller, "requests.listed", organisation=organisation, now=now)
    return RequestList(requests=tuple(one for _, one in listed))


async def requests_near(tx: Connection, person_id: UUID) -> list[Request]:
    """Every request that might be this person's: about themselves, a child they are or were a guardian of, or their own data."""
    children = [person_id, *await custody.children_of(tx, person_id)]
    found = [*await requests.of_children(tx, children), *await requests.about(tx, person_id)]
    return list({one.request_id: one for one in found}.values())
