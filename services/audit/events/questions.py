"""What audit answers the other houses: one line per question."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from services.audit.domain.keeper import Keeper
from services.audit.usecases.list_acts import list_acts
from shared.contracts.audit import Acts, ActsFound
from shared.contracts.message import Question
from shared.database import Database
from shared.responder import Answerer


def answers(keeper: Keeper) -> Mapping[type[Question[Any]], Answerer]:
    """Question to its answerer `f(database, question, *, now)`."""

    async def acts(database: Database, question: Acts, *, now: datetime) -> ActsFound:
        async with database.transaction() as tx:
            return await list_acts(tx, keeper, question, now=now)

    return MappingProxyType({Acts: acts})
