"""A person's inbox: what has happened to questions and consents that are theirs to see."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.consent.storage import notices, organisations, people, requests
from services.consent.storage.notices import Notice
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means, person_of
from services.consent.usecases.see_request import see_request
from services.consent.usecases.withdraw_consent import withdrawable
from shared.auth import Caller
from shared.database import Connection


class NoticeListed(msgspec.Struct, frozen=True, kw_only=True):
    """One notice. `kind` is a code that the page has words for."""

    notice_id: UUID
    kind: str
    at: datetime
    child_name: str | None
    organisation: str
    request_id: UUID
    consent_id: UUID | None


class NoticeList(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first."""

    notices: tuple[NoticeListed, ...]


async def list_notices(tx: Connection, means: Means, caller: Caller, *, now: datetime) -> NoticeList:
    """Only notices of what the person may still see today. One entry for each discloser in the list."""
    person_id = person_of(caller)
    listed = []
    for notice in await notices.of_person(tx, person_id):
        found = await _listed(tx, means, person_id, notice, now=now)
        if found is not None:
            listed.append(found)
    for organisation in dict(listed):
        await record(tx, caller, "notices.listed", organisation=organisation, now=now)
    return NoticeList(notices=tuple(one for _, one in listed))


async def _listed(tx: Connection, means: Means, person_id: UUID, notice: Notice, *, now: datetime) -> tuple[str, NoticeListed] | None:
    request = await requests.get(tx, notice.request_id)
    if request is None:
        return None
    seen = await see_request(tx, means.vault, request, person_id, now=now) is not None
    if not seen and notice.consent_id is not None:
        seen = bool(await withdrawable(tx, means, request, notice.consent_id, person_id, now=now))
    if not seen:
        return None
    unit = await organisations.unit(tx, request.discloser_unit)
    view = NoticeListed(
        notice_id=notice.notice_id,
        kind=notice.kind,
        at=notice.noted_at,
        child_name=await people.name_of(tx, means.vault, request.child_id),
        organisation=request.organisation if unit is None else unit.display_name,
        request_id=notice.request_id,
        consent_id=notice.consent_id,
    )
    return request.organisation, view
