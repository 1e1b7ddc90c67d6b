"""What the library does."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from shared import outbox
from shared.auth import Caller
from shared.contracts.consent import Stopped
from shared.database import Connection
from shared.errors import NotFound, Refused
from shared.ids import new_id
from tests.shared.library.storage import loans
from tests.shared.library.storage.loans import Loan

FORBIDDEN_BOOK = "diary"


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Part of a request, to have something nested."""

    page: Annotated[int, msgspec.Meta(ge=1)]


class LendBook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish for a book."""

    book: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    born: int = 2012
    marks: tuple[Item, ...] = ()
    notes: dict[str, int] = {}
    anything: Any = None


class LoanView(msgspec.Struct, frozen=True, kw_only=True):
    """A loan on the wire."""

    loan_id: UUID
    book: str
    lent_at: datetime


async def lend_book(tx: Connection, caller: Caller, request: LendBook, *, now: datetime) -> LoanView | Refused:
    """Lend a book. The event is in the outbox in the same transaction; a refusal leaves an event, too."""
    await outbox.add(tx, Stopped(consent_id=new_id(now), revision=1, stopped_at=now), now=now)
    if request.book == FORBIDDEN_BOOK:
        return Refused("scope-missing", "Diaries are not lent")
    loan = Loan(id=new_id(now), book=request.book, reader=caller.principal, lent_at=now)
    await loans.add(tx, loan)
    return LoanView(loan_id=loan.id, book=loan.book, lent_at=now)


async def find_loan(tx: Connection, caller: Caller, loan_id: UUID) -> LoanView:
    """A loan of the caller's own. Raises NotFound also for another's."""
    loan = await loans.find(tx, loan_id)
    if loan is None or loan.reader != caller.principal:
        raise NotFound
    return LoanView(loan_id=loan.id, book=loan.book, lent_at=loan.lent_at)
