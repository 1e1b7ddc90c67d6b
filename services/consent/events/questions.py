"""One line per question that another house may ask. Answered from the primary only, each in one transaction."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import msgspec

from services.consent.usecases.changes_since import changes_since
from services.consent.usecases.check_coverage import check_coverage
from services.consent.usecases.find_child import find_child
from services.consent.usecases.make_reference import make_reference
from services.consent.usecases.means import Means
from services.consent.usecases.tell_names import tell_names
from shared.contracts.consent import (
    Changes,
    ChangesSince,
    Child,
    ChildFound,
    Coverage,
    CoverageAnswer,
    Names,
    NamesFound,
    Reference,
    ReferenceMade,
)
from shared.contracts.message import Question
from shared.database import Database

Answerer = Callable[..., Awaitable[msgspec.Struct]]


def answers(means: Means) -> Mapping[type[Question[Any]], Answerer]:
    """Question to its answerer `f(database, question, *, now)`."""

    async def coverage(database: Database, question: Coverage, *, now: datetime) -> CoverageAnswer:
        async with database.transaction() as tx:
            return await check_coverage(tx, means.vault, question, now=now)

    async def changes(database: Database, question: ChangesSince, *, now: datetime) -> Changes:  # noqa: ARG001  the form of an answerer
        async with database.transaction() as tx:
            return await changes_since(tx, question)

    async def child(database: Database, question: Child, *, now: datetime) -> ChildFound:  # noqa: ARG001  the form of an answerer
        async with database.transaction() as tx:
            return await find_child(tx, means.vault, question)

    async def reference(database: Database, question: Reference, *, now: datetime) -> ReferenceMade:
        async with database.transaction() as tx:
            return await make_reference(tx, means.vault, question, now=now)

    async def names(database: Database, question: Names, *, now: datetime) -> NamesFound:
        async with database.transaction() as tx:
            return await tell_names(tx, means, question, now=now)

    return MappingProxyType({Names: names, Coverage: coverage, ChangesSince: changes, Child: child, Reference: reference})
