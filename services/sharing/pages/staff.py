"""What every handler of the pages for professionals names: who may come, what it stands on, a recorded reading."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.sharing.domain.outcomes import Refusal
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.outcome import told
from shared.auth import Kind, requires
from shared.database import Connection
from shared.errors import AppError
from shared.work import Work

PEOPLE = frozenset({Kind.PERSON})
READS = requires("sharing:read", kinds=PEOPLE)
DECIDES = requires("sharing:decide", kinds=PEOPLE)
TheGround = NamedDependency[SkipValidation[Ground]]
View = TypeVar("View", bound=msgspec.Struct)


async def once(work: Work, effect: Callable[[Connection], Awaitable[View | Refusal]]) -> View:
    """The view of a use case, in one transaction; its refusal is raised after the commit."""

    async def run(tx: Connection) -> View | AppError:
        return told(await effect(tx))

    return await work.once(run)
