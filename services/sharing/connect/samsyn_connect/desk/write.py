"""Writing an item for a permit: take the permit, fill in, check, seal and send."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from samsyn_connect.binding import NotSealedForUs
from samsyn_connect.client import Written
from samsyn_connect.clock import new_request_id
from samsyn_connect.content import Schema, newest, schemas
from samsyn_connect.desk.desk import AnyRequest, Desk, Fault, Given
from samsyn_connect.desk.fields import Field, fields, number_fault, read
from samsyn_connect.desk.people import see_other
from samsyn_connect.desk.permit import NotAPermit, Permit, PermitItem, read_permit
from samsyn_connect.desk.sessions import Session
from samsyn_connect.identifying import CHECKED, Known, check
from samsyn_connect.transport import Problem, Unreachable

PREFIX = "c-"
"""Before the names of content fields in a form, so that no schema can name one of ours."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What has been typed so far for one item."""

    typed: dict[str, str]
    """The form, for putting back: nothing typed is lost."""
    once: str
    fields: list[Field]
    wrong: dict[str, str]
    """Text key by field name of the form."""
    content: dict[str, Any]
    category: str

    @property
    def known(self) -> Known:
        """What the writer typed of the child, to be looked for in a text that must be about nobody."""
        return Known(names=(self.typed["child-name"],), numbers=tuple(filter(None, [self.typed["child-number"].strip()])))

    @property
    def findings(self) -> list[tuple[str, str]]:
        """(kind, name of the field) of what may point somebody out, each pair once."""
        return sorted({(found.kind, PREFIX + found.at.split("/")[1]) for found in check(self.category, self.content, self.known)})

    @property
    def child(self) -> dict[str, str]:
        """As it is sealed; twelve digits without hyphen where it is a personal number. Nobody for a de-identified question."""
        if self.category in CHECKED:
            return {}
        number = self.typed["child-number"].strip()
        plain = number.replace("-", "")
        return {"number": plain if plain.isdigit() else number, "name": self.typed["child-name"].strip()}


@get("/write")
async def ask_permit(request: AnyRequest, desk: Given) -> Response[bytes]:
    """Where a permit is taken."""
    return desk.page(request, "permit.html", session=desk.session(request), fault=None, typed="")


@post("/write", status_code=200)
async def take_permit(request: AnyRequest, desk: Given) -> Response[Any]:
    """A permit as a file or as text; the file wins."""
    session = desk.session(request)
    form = await desk.form(request, session)
    typed = form.get("permit", "")
    try:
        permit = read_permit(form.get("file") or typed, desk.clock())
    except NotAPermit as fault:
        return desk.page(request, "permit.html", session=session, status=400, form=form, fault=fault.code, typed=typed)
    session.keep(permit)
    return see_other(f"/permits/{permit.permit_id}")


@get("/permits/{permit_id:uuid}")
async def show_permit(request: AnyRequest, desk: Given, permit_id: FromPath[UUID]) -> Response[bytes]:
    """Its items: which can be written, which have been sent."""
    session = desk.session(request)
    said, session.said = session.said, None
    writable = {schema.category for schema in schemas().values()}
    return desk.page(request, "items.html", session=session, permit=_permit(session, permit_id), writable=writable, said=said)


@get("/permits/{permit_id:uuid}/{item_id:uuid}")
async def write_item(request: AnyRequest, desk: Given, permit_id: FromPath[UUID], item_id: FromPath[UUID]) -> Response[bytes]:
    """An empty form."""
    session = desk.session(request)
    permit, item, schema = _item(session, permit_id, item_id)
    typed = {"author": session.person.name, "once": new_request_id()}
    return _form_page(request, desk, session, (permit, item), _draft(desk, request, schema, typed, judged=False))


@post("/permits/{permit_id:uuid}/{item_id:uuid}", status_code=200)
async def take_item(request: AnyRequest, desk: Given, permit_id: FromPath[UUID], item_id: FromPath[UUID]) -> Response[Any]:
    """Check, change or send what was typed."""
    session = desk.session(request)
    form = await desk.form(request, session)
    permit, item, schema = _item(session, permit_id, item_id)
    act = form.get("act") or form.get("shown", "change")
    if act == "send" and str(item.item_id) in session.results:
        return see_other(f"/permits/{permit.permit_id}")  # pressed twice
    draft = _draft(desk, request, schema, form, judged=act != "change")
    if act == "change" or draft.wrong:
        return _form_page(request, desk, session, (permit, item), draft)
    if act == "send" and draft.findings and form.get("attest") != "yes":
        return _check_page(request, desk, session, (permit, item), draft, ("identity-not-attested", ""), status=400)
    if act == "send":
        return await _send(request, desk, session, (permit, item), draft)
    return _check_page(request, desk, session, (permit, item), draft)


async def _send(request: AnyRequest, desk: Desk, session: Session, what: tuple[Permit, PermitItem], draft: Draft) -> Response[Any]:
    """Seal once, post until there is an answer: the same request id posts the same bytes."""
    permit, item = what
    try:
        if draft.once not in session.sealed:
            written = Written(
                bound=item.binding,
                author=draft.typed["author"].strip(),
                child=draft.child,
                content=draft.content,
                known=draft.known,
                attested=draft.typed.get("attest") == "yes",
            )
            (session.sealed[draft.once],) = await desk.connection.sealed([written], now=desk.clock())
        (result,) = await desk.connection.post(permit.permit_id, [session.sealed[draft.once]], request_id=draft.once)
    except Unreachable:
        return _check_page(request, desk, session, what, draft, ("fault-unreachable", ""), status=503)
    except NotSealedForUs as fault:
        return _check_page(request, desk, session, what, draft, (f"seal-{fault.code}", fault.code), status=503)
    except Problem as problem:
        session.sealed.pop(draft.once, None)
        again = msgspec.structs.replace(draft, once=new_request_id())
        return _check_page(request, desk, session, what, again, ("problem", problem.code), status=problem.status)
    session.sealed.pop(draft.once, None)
    if not result.accepted:
        again = msgspec.structs.replace(draft, once=new_request_id())
        return _check_page(request, desk, session, what, again, ("refused", str(result.reason)), status=403)
    session.results[str(item.item_id)] = result
    session.said = ("said-sent", str(result.delivery_id))
    return see_other(f"/permits/{permit.permit_id}")


def _draft(desk: Desk, request: AnyRequest, schema: Schema, form: dict[str, str], *, judged: bool) -> Draft:
    """The form read. `judged`: whether what is missing counts as wrong."""
    typed = {"child-number": "", "child-name": "", "author": "", **form}
    of_content = {name.removeprefix(PREFIX): value for name, value in typed.items() if name.startswith(PREFIX)}
    content, wrong = read(schema, of_content)
    wrong = {PREFIX + name: code for name, code in wrong.items()}
    is_about_nobody = schema.category in CHECKED
    if not is_about_nobody and (fault := number_fault(typed["child-number"])):
        wrong["child-number"] = fault
    demanded = ("author",) if is_about_nobody else ("child-name", "author")
    wrong |= {name: "field-missing" for name in demanded if not typed[name].strip()}
    shown = wrong if judged else {}
    t = desk.words(request, form)
    labelled = [
        msgspec.structs.replace(field, name=PREFIX + field.name, label=t.field(schema.category, field.name))
        for field in fields(schema, of_content, {name.removeprefix(PREFIX): code for name, code in shown.items()})
    ]
    return Draft(
        typed=typed, once=form.get("once") or new_request_id(), fields=labelled, wrong=shown, content=content, category=schema.category
    )


def _form_page(request: AnyRequest, desk: Desk, session: Session, what: tuple[Permit, PermitItem], draft: Draft) -> Response[bytes]:
    permit, item = what
    status = 400 if draft.wrong else 200
    return desk.page(request, "item.html", session=session, status=status, form=draft.typed, permit=permit, bound=item.bound, draft=draft)


def _check_page(
    request: AnyRequest,
    desk: Desk,
    session: Session,
    what: tuple[Permit, PermitItem],
    draft: Draft,
    problem: tuple[str, str] | None = None,
    *,
    status: int = 200,
) -> Response[bytes]:
    """`problem`: (text key or its prefix, code) of why the last try did not go."""
    permit, item = what
    return desk.page(
        request,
        "check.html",
        session=session,
        status=status,
        form=draft.typed,
        permit=permit,
        bound=item.bound,
        draft=draft,
        problem=problem,
    )


def _permit(session: Session, permit_id: UUID) -> Permit:
    permit = session.permits.get(str(permit_id))
    if permit is None:
        raise Fault("fault-not-found", 404)
    return permit


def _item(session: Session, permit_id: UUID, item_id: UUID) -> tuple[Permit, PermitItem, Schema]:
    permit = _permit(session, permit_id)
    item = permit.item(str(item_id))
    if item is None:
        raise Fault("fault-not-found", 404)
    try:
        return permit, item, newest(item.bound.category)
    except KeyError as error:
        raise Fault("items-none", 404) from error


HANDLERS: tuple[Any, ...] = (ask_permit, take_permit, show_permit, write_item, take_item)
