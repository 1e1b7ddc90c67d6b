"""The library's operations and routes."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, JSONBody

from shared.auth import Caller, requires
from shared.errors import Unavailable
from shared.operations import Operation
from shared.work import TheCaller, TheWork, Work
from tests.shared.library.usecases import LendBook, LoanView, find_loan, lend_book


async def post_loan(work: Work, caller: Caller, request: LendBook) -> LoanView:
    """Lend a book, once."""
    return await work.once(lambda tx: lend_book(tx, caller, request, now=work.now))


class CountPages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question."""

    book: str


class Pages(msgspec.Struct, frozen=True):
    """Its answer."""

    pages: int


async def count_pages(_work: Work, _caller: Caller, request: CountPages) -> Pages:
    """How thick a book is."""
    return Pages(len(request.book))


OPERATIONS = (
    Operation(name="loans", kind="in", path="/v1/loans", request=LendBook, answer=LoanView, perform=post_loan, scopes=("library:lend",)),
    Operation(name="pages", kind="ask", path="/v1/pages", request=CountPages, answer=Pages, perform=count_pages),
)


@get("/v1/loans/{loan_id:uuid}", guards=[requires("library:lend")])
async def see_loan(loan_id: FromPath[UUID], caller: TheCaller, work: TheWork) -> LoanView:
    """One loan of the caller's."""
    async with work.database.transaction() as tx:
        return await find_loan(tx, caller, loan_id)


@post("/v1/own-loans", guards=[requires("library:lend")], status_code=201)
async def lend_to_me(data: JSONBody[LendBook], caller: TheCaller, work: TheWork) -> LoanView:
    """A person's way to the same use case."""
    return await work.once(lambda tx: lend_book(tx, caller, data, now=work.now))


@get("/v1/shelf", guards=[requires("library:lend")])
async def see_shelf(limit: FromQuery[int]) -> dict[str, int]:
    """A query parameter that is a number."""
    return {"limit": limit}


@get("/v1/broken", guards=[requires()])
async def break_down() -> None:
    """A bug, with something in its text that must not be seen."""
    raise RuntimeError("Kanariefågel 20120101-9812")


@get("/v1/away", guards=[requires()])
async def be_away() -> None:
    """A dependency that is away."""
    raise Unavailable(retry_after=7)


@get("/v1/slow", opt={"public": True})
async def be_slow(work: TheWork) -> dict[str, bool]:
    """Takes as long as the test holds a lock in the database."""
    async with work.database.transaction() as tx:
        await tx.execute("select pg_advisory_xact_lock(4711)")
    return {"done": True}


@get("/", opt={"public": True}, media_type=MediaType.HTML, sync_to_thread=False)
def welcome() -> str:
    """A page."""
    return "<!doctype html><title>Library</title>"


@post("/lend", guards=[requires()], status_code=200)
async def lend_by_form(caller: TheCaller) -> dict[str, str]:
    """A form of a page."""
    return {"reader": caller.subject}


PEOPLE = (see_loan, lend_to_me, see_shelf, break_down, be_away, be_slow, welcome, lend_by_form)
