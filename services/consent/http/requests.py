"""The family's questions: list, look, answer."""

from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from services.consent.domain.consent import Choice
from services.consent.domain.wording import Language, Rendering
from services.consent.http.children import TheMeans
from services.consent.http.views import Answers
from services.consent.usecases.answer_request import RequestAnswered, RowAnswer
from services.consent.usecases.list_requests import RequestList, list_requests
from services.consent.usecases.show_request import RequestShown, show_request
from services.consent.usecases.sign_request import sign_request
from shared.auth import LOA3, Kind, requires
from shared.work import TheCaller, TheWork

FAMILY = requires("consent:answer", kinds=frozenset({Kind.PERSON}))


@get("/v1/requests", guards=[FAMILY])
async def list_own(caller: TheCaller, work: TheWork, means: TheMeans) -> RequestList:
    """What the person is asked."""
    return await work.once(lambda tx: list_requests(tx, means, caller, now=work.now))


@get("/v1/requests/{request_id:uuid}", guards=[FAMILY])
async def show(
    request_id: FromPath[UUID],
    caller: TheCaller,
    work: TheWork,
    means: TheMeans,
    language: FromQuery[Language] = Language.SWEDISH,
    rendering: FromQuery[Rendering] = Rendering.STANDARD,
) -> RequestShown:
    """The page to answer; that it was shown is recorded, and an answer names it."""
    return await work.once(lambda tx: show_request(tx, means, caller, request_id, language, rendering, now=work.now))


@post(
    "/v1/requests/{request_id:uuid}/answers",
    guards=[requires("consent:answer", kinds=frozenset({Kind.PERSON}), acr=LOA3)],
    status_code=200,
)
async def answer(request_id: FromPath[UUID], data: JSONBody[Answers], caller: TheCaller, work: TheWork, means: TheMeans) -> RequestAnswered:
    """Yes, no, or wants to talk, for each row. Whether somebody still decides for the child is asked of the register first."""
    said = [RowAnswer(row=one.row, choice=Choice(one.choice), reason=one.reason) for one in data.answers]
    return await sign_request(work, means, caller, request_id, data.served_id, said)


ROUTES: list[HTTPRouteHandler] = [list_own, show, answer]
