"""What a guardian or child is asked: the list, one question with its picture, check your answers, and the answer."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.consent.domain.consent import Choice
from services.consent.pages.family import CHOICES, FAMILY, Labels, TheMeans, spoken
from services.consent.usecases.answer_request import RowAnswer
from services.consent.usecases.list_requests import list_requests
from services.consent.usecases.means import Means
from services.consent.usecases.show_request import RequestShown, show_request
from services.consent.usecases.sign_request import sign_request
from shared.auth import LOA3, Caller
from shared.errors import Unauthenticated
from shared.pages import AnyRequest, Form, Site, TheSite, drafts, forms
from shared.work import TheCaller, TheWork, Work

FIRST_ANSWERS = ("yes", "no")
SAID = (*FIRST_ANSWERS, "wants-to-talk")


@get("/questions", guards=[FAMILY], include_in_schema=False)
async def list_own(request: AnyRequest, caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite) -> Response[str]:
    """Every question to the reader, those that wait first."""
    listed = await work.once(lambda tx: list_requests(tx, means, caller, now=work.now))
    waiting = [one for one in listed.requests if not one.answered]
    return site.page(request, "questions.html", waiting=waiting, answered=[one for one in listed.requests if one.answered])


@get("/questions/{request_id:uuid}", guards=[FAMILY], include_in_schema=False)
async def show(
    request: AnyRequest, request_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite
) -> Response[str]:
    """The question. That it was shown is recorded, and an answer names it."""
    shown = await _shown(request, site, work, means, caller, request_id)
    kept = site.draft(request, caller, now=work.now)
    chosen = {name: values[0] for name, values in kept.items() if name.startswith("row-") and values[0] in SAID}
    return site.page(
        request,
        "question.html",
        cookies=[drafts.forget()] if kept else [],
        **_asked(request, site, means, shown),
        chosen=chosen,
        kept=bool(chosen),
        faults={},
    )


@post("/questions/{request_id:uuid}", guards=[FAMILY], status_code=200, include_in_schema=False)
async def send(
    request: AnyRequest, request_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans, site: TheSite
) -> Response[Any]:
    """Check, go back and change, or answer. Only `answer` does anything; it takes a strong login."""
    form = await forms.read(request)
    if form.one("step") == "answer":
        return await _answer(form, request_id, caller, work, means)
    shown = await _shown(request, site, work, means, caller, request_id)
    chosen = _chosen(form, shown)
    values = _asked(request, site, means, shown)
    if form.one("step") == "change":
        return site.page(request, "question.html", **values, chosen=chosen, kept=False, faults={})
    words = site.words(request)
    faults = {
        f"row-{row.row}": words.gettext("Svara ja eller nej: %(what)s") % {"what": values["labels"].category(row.category)}
        for row in shown.rows
        if f"row-{row.row}" not in chosen
    }
    if faults:
        return site.page(request, "question.html", status=400, **values, chosen=chosen, kept=False, faults=faults)
    return site.page(request, "check.html", **values, chosen=chosen, strong=caller.acr in LOA3)


async def _shown(request: AnyRequest, site: Site, work: Work, means: Means, caller: Caller, request_id: UUID) -> RequestShown:
    language = spoken(site, request)
    return await work.once(lambda tx: show_request(tx, means, caller, request_id, language, None, now=work.now))


async def _answer(form: Form, request_id: UUID, caller: Caller, work: Work, means: Means) -> Response[None]:
    if caller.acr not in LOA3:
        raise Unauthenticated("stronger-login-needed")
    said = [
        RowAnswer(row=row, choice=Choice(value))
        for name, value in form.fields
        if name.startswith("row-") and (row := forms.whole(name.removeprefix("row-"))) is not None and value in SAID
    ]
    served_id = _uuid(form.one("served"))
    view = await sign_request(work, means, caller, request_id, served_id, said)
    to = f"/questions/{request_id}" if view.receipt_id is None else f"/receipts/{view.receipt_id}/done"
    return Response(None, status_code=303, headers={"Location": to})


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # no page has this id: the answer is refused as one to a text that was not shown


def _chosen(form: Form, shown: RequestShown) -> dict[str, str]:
    """Each row's answer as far as it was given; *talk first* is one press for all of them."""
    names = [f"row-{row.row}" for row in shown.rows]
    if form.one("step") == "talk":
        return dict.fromkeys(names, "wants-to-talk")
    found = {name: form.chosen(name, SAID) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _asked(request: AnyRequest, site: Site, means: Means, shown: RequestShown) -> dict[str, Any]:
    """What the templates show: rows that go the same way stand under one picture."""
    ways: dict[tuple[str, str, str], list[Any]] = {}
    sentences = {row.row: row.sentence for row in shown.page.rows}
    for row in shown.rows:
        ways.setdefault((row.discloser, row.recipient, row.purpose), []).append((row, sentences[row.row]))
    own = {one.row: one.choice for one in shown.your_answers if one.choice is not None}
    return {"shown": shown, "ways": ways, "own": own, "labels": Labels(means, spoken(site, request)), "says": CHOICES}


ROUTES: list[HTTPRouteHandler] = [list_own, show, send]
