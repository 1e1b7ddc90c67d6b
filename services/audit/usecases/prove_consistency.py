"""The proof that a log of one size begins with all of the log of a smaller size."""

from datetime import datetime

from services.audit.domain import tree
from services.audit.domain.keeper import Keeper
from services.audit.domain.tiles import hash_in, tile_of
from services.audit.storage import logs
from services.audit.usecases.grow_tiles import tiles_for
from services.audit.usecases.read_log import visible_log
from shared.auth import Caller
from shared.database import Connection


async def prove_consistency(
    tx: Connection, keeper: Keeper, caller: Caller, organisation: str, year: int, first: int, second: int, *, now: datetime
) -> list[bytes] | None:
    """The hashes of RFC 6962's PROOF(first, D[second]); None when the log is not the caller's or has never had these sizes.

    Hashes tell nothing of persons: no entry is made of this, only of a refused try.
    """
    log = await visible_log(tx, keeper, caller, organisation, year, now=now)
    if log is None or not 0 <= first <= second or second > (await logs.state(tx, log.log_id)).size:
        return None
    plan = tree.consistency_plan(first, second)
    held = await tiles_for(tx, log.log_id, log.year, second, (node for nodes in plan for node in nodes))
    return tree.proof(plan, lambda node: hash_in(node, held[tile_of(node)]))
