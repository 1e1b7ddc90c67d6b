"""What audit answers the other houses: one line per question."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from services.audit.domain.keeper import Keeper
from services.audit.usecases.erase_person import would_erase
from services.audit.usecases.list_acts import list_acts
from shared.contracts.audit import Acts, ActsFound, Erasable, ErasableFound
from shared.contracts.message import Question
from shared.database import Database
from shared.responder import Answerer


def answers(keeper: Keeper) -> Mapping[type[Question[Any]], Answerer]:
    """Question to its answerer `f(database, question, *, now)`."""

    async def acts(database: Database, question: Acts, *, now: datetime) -> ActsFound:
        async with database.transaction() as tx:
            return await list_acts(tx, keeper, question, now=now)

    async def erasable(database: Database, question: Erasable, *, now: datetime) -> ErasableFound:  # noqa: ARG001  the form of every answerer
        async with database.transaction() as tx:
            return await would_erase(tx, keeper, question)

    return MappingProxyType({Acts: acts, Erasable: erasable})
