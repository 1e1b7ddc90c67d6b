"""`/answers`: what the review asks the manager of a unit, and the answer in one choice."""

from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from services.audit.domain.review import Explained
from services.audit.pages.officer import OFFICER, SHORT, TheKeeper, organisation_of, row, uuid
from services.audit.pages.words import EXPLANATIONS, QUESTIONS, said
from services.audit.usecases.follow_finding import answer_question, list_questions
from services.audit.usecases.search_entries import Seen
from shared.auth import Caller
from shared.errors import NotFound
from shared.pages import AnyRequest, Site, TheSite, forms
from shared.work import TheCaller, TheWork, Work


@get("/answers", guards=[OFFICER], include_in_schema=False)
async def waiting(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[str]:
    """The questions, oldest first, each with the act that it is about."""
    return await _page(request, site, work, caller, keeper)


@post("/answers", guards=[OFFICER], status_code=200, include_in_schema=False)
async def answer(request: AnyRequest, caller: TheCaller, work: TheWork, keeper: TheKeeper, site: TheSite) -> Response[Any]:
    """One answer; then what is left."""
    form = await forms.read(request)
    plan_id, index = uuid(form.one("plan")), forms.whole(form.one("index"))
    if plan_id is None or index is None:
        raise NotFound
    name = f"explanation-{index}"
    explanation = form.chosen(name, tuple(Explained))
    if explanation is None:
        faults = {name: site.words(request).gettext("Välj vad som stämmer")}
        return await _page(request, site, work, caller, keeper, status=400, faults=faults)
    said_so = Explained(explanation)
    await work.once(lambda tx: answer_question(tx, keeper, caller, plan_id, index, said_so, now=work.now))
    return Response(None, status_code=303, headers={"Location": "/answers?done=yes"})


async def _page(
    request: AnyRequest, site: Site, work: Work, caller: Caller, keeper: Any, *, status: int = 200, faults: dict[str, str] | None = None
) -> Response[str]:
    words = site.words(request)
    organisation = organisation_of(caller, keeper)
    async with work.database.transaction() as tx:
        found = await list_questions(tx, keeper, caller, organisation, now=work.now)
    asked = [
        (one.item, row(words, Seen(index=one.item.entry_index, intact=True, leaf=one.leaf)), said(words, QUESTIONS, one.item.question))
        for one in found
    ]
    return site.page(
        request,
        "answers.html",
        status=status,
        asked=asked,
        choices=[(str(code), words.gettext(text)) for code, text in EXPLANATIONS.items()],
        done=request.query_params.get("done") == "yes",
        short=SHORT,
        faults=faults or {},
    )


ROUTES: list[HTTPRouteHandler] = [waiting, answer]
