"""Reading: the list of notices, the fetch (which is the release), the opened item, the receipt."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from samsyn_connect.binding import NotSealedForUs
from samsyn_connect.clock import new_request_id
from samsyn_connect.content import schemas
from samsyn_connect.desk.desk import AnyRequest, Desk, Fault, Given
from samsyn_connect.desk.people import see_other
from samsyn_connect.desk.sessions import Session
from samsyn_connect.messages import DeliveryNotice, InboxNotice
from samsyn_connect.transport import Problem

REFUSALS = ("not-for-us", "not-authentic", "wrong-binding", "content-invalid", "child-unknown")
"""Reasons that a receipt can give."""

REASON_OF = {"bound-to-other": "wrong-binding", "content-does-not-fit": "content-invalid", "schema-unknown": "content-invalid"}
"""What the kit found on opening, as a receipt's reason; everything else is `not-authentic`."""

ENDS = frozenset({"stored", "refused", "deleted", "kept"})
"""Receipts after which the notice is dealt with."""


@get("/inbox")
async def list_notices(request: AnyRequest, desk: Given) -> Response[bytes]:
    """Everything that is not confirmed. Ids and codes only: looking here releases nothing."""
    session = desk.session(request)
    said, session.said = session.said, None
    notices = sorted(await _notices(desk), key=lambda notice: notice.position, reverse=True)
    return desk.page(request, "inbox.html", session=session, notices=[(n, _delivery(n)) for n in notices], said=said)


@get("/inbox/{notice_id:uuid}")
async def show_notice(request: AnyRequest, desk: Given, notice_id: FromPath[UUID]) -> Response[bytes]:
    """One notice in words, with what can be done about it."""
    session = desk.session(request)
    return _notice_page(request, desk, session, await _notice(desk, notice_id))


@post("/inbox/{notice_id:uuid}/open", status_code=200)
async def open_item(request: AnyRequest, desk: Given, notice_id: FromPath[UUID]) -> Response[bytes]:
    """Fetch and open. The fetch is the release, so it is a press and not a link; what is opened is on this page and nowhere else."""
    session = desk.session(request)
    form = await desk.form(request, session)
    notice = await _notice(desk, notice_id)
    delivery = _delivery(notice)
    if delivery is None:
        raise Fault("fault-not-found", 404)
    values: dict[str, Any] = {"session": session, "form": form, "notice": notice, "once": new_request_id(), "reasons": REFUSALS}
    try:
        released = await desk.connection.fetch(delivery.delivery_id, request_id=new_request_id())
        item = await desk.connection.open(released, now=desk.clock())
    except Problem as problem:
        return _notice_page(request, desk, session, notice, form=form, status=problem.status, problem=("problem", problem.code))
    except NotSealedForUs as fault:
        reason = REASON_OF.get(fault.code, "not-authentic")
        return desk.page(request, "not_opened.html", code=fault.code, reason=reason, **values)
    choices = {name for name, rule in schemas()[item.binding.schema].document["properties"].items() if "enum" in rule}
    return desk.page(request, "opened.html", item=item, released=released, choices=choices, **values)


@post("/inbox/{notice_id:uuid}/receipt", status_code=303)
async def give_receipt(request: AnyRequest, desk: Given, notice_id: FromPath[UUID]) -> Response[Any]:
    """Sign a receipt; after one that ends the matter the notice goes. Who keeps what was stopped names the paragraph."""
    session = desk.session(request)
    form = await desk.form(request, session)
    notice = await _notice(desk, notice_id)
    once, state = form.get("once") or new_request_id(), form.get("state", "")
    paragraph = form.get("paragraph", "").strip() or None
    if state == "kept" and paragraph is None:
        return _notice_page(request, desk, session, notice, form=form, status=400, fault="field-missing")
    at = session.signed_at.setdefault(once, desk.clock())
    try:
        stored = await desk.connection.give_receipt(
            UUID(str(notice.body.get("delivery_id"))),
            state,
            now=at,
            request_id=once,
            reason=form.get("reason") if state == "refused" else None,
            paragraph=paragraph if state == "kept" else None,
        )
    except Problem as problem:
        raise Fault("fault-unreadable" if problem.status < 500 else "fault-unreachable", problem.status) from problem  # noqa: PLR2004  theirs
    session.signed_at.pop(once, None)
    if state in ENDS:
        await desk.connection.confirm([notice.id], request_id=new_request_id())
    session.said = ("said-receipt", stored.state)
    return see_other("/inbox")


@post("/inbox/{notice_id:uuid}/done", status_code=303)
async def confirm_notice(request: AnyRequest, desk: Given, notice_id: FromPath[UUID]) -> Response[None]:
    """A notice that needs no receipt is read."""
    session = desk.session(request)
    await desk.form(request, session)
    notice = await _notice(desk, notice_id)
    if notice.name == "delivery":
        raise Fault("fault-not-found", 404)  # it goes by its receipt, or nobody would know that it waits
    await desk.connection.confirm([notice.id], request_id=new_request_id())
    session.said = ("said-confirmed", "")
    return see_other("/inbox")


def _notice_page(
    request: AnyRequest,
    desk: Desk,
    session: Session,
    notice: InboxNotice,
    *,
    form: dict[str, str] | None = None,
    status: int = 200,
    problem: tuple[str, str] | None = None,
    fault: str | None = None,
) -> Response[bytes]:
    """`problem`: (prefix of the text key, code) of why the fetch was refused. `fault`: the text key of what is wrong with the paragraph."""
    values: dict[str, Any] = {"notice": notice, "delivery": _delivery(notice), "once": new_request_id(), "problem": problem, "fault": fault}
    return desk.page(request, "notice.html", session=session, status=status, form=form, **values)


async def _notices(desk: Desk) -> Sequence[InboxNotice]:
    try:
        return await desk.transport.inbox()
    except Problem as problem:
        raise Fault("fault-unreachable", 503) from problem


async def _notice(desk: Desk, notice_id: UUID) -> InboxNotice:
    notice = next((notice for notice in await _notices(desk) if notice.id == notice_id), None)
    if notice is None:
        raise Fault("fault-not-found", 404)
    return notice


def _delivery(notice: InboxNotice) -> DeliveryNotice | None:
    return msgspec.convert(notice.body, DeliveryNotice) if notice.name == "delivery" else None


HANDLERS: tuple[Any, ...] = (list_notices, show_notice, open_item, give_receipt, confirm_notice)
