"""What a handler works with, and the one transaction of an effect."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import msgspec
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from shared import idempotency, problems
from shared.auth import Caller
from shared.clock import monotonic
from shared.contracts.message import Ask
from shared.database import Connection, Database
from shared.errors import AppError, Unavailable
from shared.idempotency import Claim

View = TypeVar("View", bound=msgspec.Struct | None)


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Made for each request or message. `now` is the instant at which it came and the only time that a use case knows."""

    database: Database
    ask: Ask
    now: datetime
    arrived: float = msgspec.field(default_factory=monotonic)
    """The same instant in monotonic seconds: how long a process has stood still since only that clock tells."""
    claim: Claim | None = None
    """The request's `Idempotency-Key`, where it has one."""

    async def once(self, effect: Callable[[Connection], Awaitable[View | AppError]]) -> View:
        """Run `effect` in one transaction and give its view, which is durable then.

        A refusal is *returned* by the effect: it commits, with its entry, and is raised here afterwards. What the effect *raises*
        rolls back. Both view and refusal are stored under the request's key in the same transaction; a repetition gets those bytes
        (raises `Repeated`, which the edges answer), also when the first is still running. So the effect returns the view itself, and
        the handler returns what it got from here. Whatever another house must be asked is asked before.
        """
        async with self.database.transaction() as tx:
            if self.claim is not None:
                await idempotency.take(tx, self.claim, now=self.now)
            outcome = await effect(tx)
            if self.claim is not None and isinstance(outcome, Unavailable):
                await idempotency.drop(tx, self.claim)  # recorded, but the same request may succeed later
            elif self.claim is not None:
                await idempotency.keep(tx, self.claim, *_bytes_of(outcome, self.claim.success))
        if isinstance(outcome, AppError):
            raise outcome
        return outcome


TheWork = NamedDependency[SkipValidation[Work]]
"""A handler's `work: TheWork`. Without the mark Litestar would look for a query parameter of that name."""
TheCaller = NamedDependency[SkipValidation[Caller]]
"""A handler's `caller: TheCaller`: who was authenticated, whose scopes the route's guard has checked."""


def _bytes_of(outcome: msgspec.Struct | AppError | None, success: int) -> tuple[int, bytes]:
    if isinstance(outcome, AppError):
        problem = problems.of(outcome)
        return problem.status, problem.body
    return success, b"" if outcome is None else msgspec.json.encode(outcome)
