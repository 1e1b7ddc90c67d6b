"""What sharing answers the other houses: one line per question."""

from datetime import datetime
from types import MappingProxyType

from services.sharing.usecases.stop_rows import stop_rows
from shared.contracts.sharing import Stop, StopAnswer
from shared.database import Database
from shared.responder import Answers


async def answer_stop(database: Database, question: Stop, *, now: datetime) -> StopAnswer:
    """The barrier's word, given only after its commit."""
    async with database.transaction() as tx:
        return await stop_rows(tx, question, now=now)  # leaves this block, and the house, only after the commit


ANSWERS: Answers = MappingProxyType({Stop: answer_stop})
