"""One guardian decides alone in a question: attested by one, confirmed by another, both named and at LoA 3."""

from uuid import UUID

from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from services.consent.http.barrier import through_barrier
from services.consent.http.children import TheMeans
from services.consent.usecases.excuse_guardian import (
    ExceptionKept,
    ExceptionList,
    NewException,
    attest_exception,
    confirm_exception,
    end_exception,
    list_exceptions,
)
from shared.auth import LOA3, Kind, requires
from shared.work import TheCaller, TheWork

STAFF = requires("consent:ask", kinds=frozenset({Kind.PERSON}))
STRONG = requires("consent:ask", kinds=frozenset({Kind.PERSON}), acr=LOA3)


@post("/v1/guardian-exceptions", guards=[STRONG], status_code=201)
async def attest(data: JSONBody[NewException], caller: TheCaller, work: TheWork, means: TheMeans) -> ExceptionKept:
    """Attest that one guardian decides alone in a question (FB 6:13 st. 2). It counts when another person has confirmed it."""
    view, _ = await through_barrier(work, means, lambda tx: attest_exception(tx, means, caller, data, now=work.now))
    return view


@get("/v1/guardian-exceptions", guards=[STAFF])
async def listed(caller: TheCaller, work: TheWork, means: TheMeans) -> ExceptionList:
    """What waits for a second person, and what is in force."""
    return await work.once(lambda tx: list_exceptions(tx, means, caller, now=work.now))


@post("/v1/guardian-exceptions/{exception_id:uuid}/confirmation", guards=[STRONG], status_code=200)
async def confirm(exception_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans) -> ExceptionKept:
    """Confirm what another has attested."""
    view, _ = await through_barrier(work, means, lambda tx: confirm_exception(tx, means, caller, exception_id, now=work.now))
    return view


@post("/v1/guardian-exceptions/{exception_id:uuid}/ending", guards=[STAFF], status_code=200)
async def end(exception_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans) -> ExceptionKept:
    """End it before its day. What lacks the guardian's yes stops at once."""
    view, _ = await through_barrier(work, means, lambda tx: end_exception(tx, means, caller, exception_id, now=work.now))
    return view


ROUTES: list[HTTPRouteHandler] = [attest, listed, confirm, end]
