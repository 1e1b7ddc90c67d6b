"""What sharing answers the other houses: one line per question."""

from datetime import datetime
from types import MappingProxyType

from services.sharing.domain.tables import Tables
from services.sharing.usecases.erase_subject import would_erase
from services.sharing.usecases.stop_rows import stop_rows
from services.sharing.usecases.take_handling import take_handling
from services.sharing.usecases.tell_copies import tell_copies
from services.sharing.usecases.tell_processing import tell_processing
from shared.contracts.processing import Processing, ProcessingFound
from shared.contracts.sharing import Copies, CopiesBetween, ErasurePreview, HandlingTaken, Stop, StopAnswer, TakeHandling, WouldErase
from shared.database import Database
from shared.responder import Answers


async def answer_stop(database: Database, question: Stop, *, now: datetime) -> StopAnswer:
    """The barrier's word, given only after its commit."""
    async with database.transaction() as tx:
        return await stop_rows(tx, question, now=now)  # leaves this block, and the house, only after the commit


async def answer_take_handling(database: Database, question: TakeHandling, *, now: datetime) -> HandlingTaken:
    """The barrier's word for protected identity, given only after its commit."""
    async with database.transaction() as tx:
        return await take_handling(tx, question, now=now)


async def answer_would_erase(database: Database, question: WouldErase, *, now: datetime) -> ErasurePreview:  # noqa: ARG001  the form of an answerer
    """The dry run of an erasure."""
    async with database.connection() as connection:
        return await would_erase(connection, question)


async def answer_copies(database: Database, question: CopiesBetween, *, now: datetime) -> Copies:  # noqa: ARG001  the form of an answerer
    """What consent reconciles with."""
    async with database.transaction() as tx:
        return await tell_copies(tx, question)


def answers(tables: Tables) -> Answers:
    """Question to its answerer `f(database, question, *, now)`."""

    async def processing(database: Database, question: Processing, *, now: datetime) -> ProcessingFound:
        async with database.connection() as connection:
            return await tell_processing(connection, tables, question, now=now)

    return MappingProxyType(
        {
            Stop: answer_stop,
            TakeHandling: answer_take_handling,
            CopiesBetween: answer_copies,
            WouldErase: answer_would_erase,
            Processing: processing,
        }
    )
