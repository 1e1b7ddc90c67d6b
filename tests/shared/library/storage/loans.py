"""Rows of loans."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared import sql
from shared.database import Connection

QUERIES = sql.load("tests.shared.library.storage", "loans.sql")


class Loan(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a book, since when."""

    id: UUID
    book: str
    reader: str
    lent_at: datetime


async def add(tx: Connection, loan: Loan) -> None:
    await tx.execute(QUERIES["add_loan"], loan.id, loan.book, loan.reader, loan.lent_at)


async def find(tx: Connection, loan_id: UUID) -> Loan | None:
    row = await tx.fetchrow(QUERIES["select_loan"], loan_id)
    return None if row is None else sql.struct(Loan, row)
