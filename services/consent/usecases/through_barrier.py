"""An effect that may stop rows: one transaction, then sharing's word. The view is the use case's; the stops are confirmed after it."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec

from services.consent.usecases.confirm_stop import confirm_stop
from services.consent.usecases.means import Means
from shared.contracts.sharing import Stop
from shared.database import Connection
from shared.errors import AppError
from shared.testpoints import reached
from shared.work import Work

V_co = TypeVar("V_co", bound=msgspec.Struct, covariant=True)
V = TypeVar("V", bound=msgspec.Struct)


class Outcome(Protocol[V_co]):
    """What a use case gives that may stop rows."""

    @property
    def view(self) -> V_co:
        """For the client."""

    @property
    def stops(self) -> tuple[Stop, ...]:
        """For sharing."""


async def through_barrier(
    work: Work, means: Means, effect: Callable[[Connection], Awaitable[Outcome[V] | AppError]]
) -> tuple[V, bool | None]:
    """The view, and whether sharing has confirmed: None when there was nothing to stop. What is not confirmed the loop asks again."""
    stops: list[Stop] = []

    async def run(tx: Connection) -> V | AppError:
        outcome = await effect(tx)
        if isinstance(outcome, AppError):
            return outcome
        stops.extend(outcome.stops)
        return outcome.view

    view = await work.once(run)
    if not stops:
        return view, None
    reached("consent.stop-committed")
    return view, await confirm_stop(work.database, work.ask, means, stops, now=work.now)
