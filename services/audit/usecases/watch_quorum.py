"""How the root log stands with its witnesses, and what follows when they are missing (rules 25 and 43)."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from services.audit.domain.cosignature import Policy
from services.audit.storage import checkpoints, roots
from services.audit.usecases.grow_root import find_root
from services.audit.usecases.witness_root import best
from shared.database import Connection

SAID = timedelta(hours=1)
"""Something has waited for its quorum so long: a line in the service's log."""
TOLD = timedelta(hours=24)
"""So long: the officers read it on their first page."""


class Quorum(StrEnum):
    """What the witnesses' lines amount to."""

    NONE_DEMANDED = "none-demanded"
    HELD = "held"
    MISSING = "missing"
    """For an hour."""
    LONG_MISSING = "long-missing"
    """For a day."""
    STOPPED = "stopped"
    """So long that no entry is taken in, and therefore nothing is released: see `events/witness.py`."""


class Witnessing(msgspec.Struct, frozen=True, kw_only=True):
    """Witnessed by n of m, and since when not."""

    state: Quorum
    size: int
    """Of the root log's newest checkpoint; 0 before the first."""
    witnessed_size: int
    """The greatest size with a quorum."""
    signed: tuple[str, ...]
    """Who signed that size; without a quorum yet, the size that anybody signed last."""
    known: tuple[str, ...]
    """Every witness of the policy."""
    waiting_since: datetime | None = None
    """When the first checkpoint was signed that has no quorum yet."""


class Witnessed(msgspec.Struct, frozen=True, kw_only=True):
    """Whose cosignatures are enough, and how long they may be missing (None: for ever)."""

    policy: Policy = Policy()
    stop: timedelta | None = None


async def read_witnessing(tx: Connection, policy: Policy, stop: timedelta | None, *, now: datetime) -> Witnessing:
    """How it stands. `stop`: how long a quorum may be missing before everything waits; None: for ever."""
    root = await find_root(tx)
    newest = await checkpoints.last(tx, root.log_id) if root else None
    known = tuple(sorted(policy.witnesses))
    if root is None or newest is None:
        return Witnessing(state=_state(policy, None, stop, now), size=0, witnessed_size=0, signed=(), known=known)
    held = await best(tx, policy, root)
    shown = held or next(iter(await roots.cosigners(tx, root.log_id)), None)
    waiting = await checkpoints.first_above(tx, root.log_id, held.size if held else 0)
    since = waiting.signed_at if waiting and not policy.is_enough(()) else None
    return Witnessing(
        state=_state(policy, since, stop, now),
        size=newest.size,
        witnessed_size=held.size if held else 0,
        signed=tuple(sorted(shown.witnesses)) if shown else (),
        known=known,
        waiting_since=since,
    )


def _state(policy: Policy, since: datetime | None, stop: timedelta | None, now: datetime) -> Quorum:
    if policy.is_enough(()):
        return Quorum.NONE_DEMANDED
    missing = timedelta() if since is None else now - since
    if stop is not None and missing > stop:
        return Quorum.STOPPED
    if missing > TOLD:
        return Quorum.LONG_MISSING
    return Quorum.MISSING if missing > SAID else Quorum.HELD
