"""Signing, from a page or over HTTP: the register is asked who decides, the answer is taken, and sharing confirms what it stops."""

from collections.abc import Sequence
from uuid import UUID

from services.consent.usecases.answer_request import RequestAnswered, RowAnswer, answer_request
from services.consent.usecases.check_custody import check_custody, whom_to_check
from services.consent.usecases.means import Means
from services.consent.usecases.through_barrier import through_barrier
from shared.auth import Caller
from shared.work import Work


async def sign_request(
    work: Work, means: Means, caller: Caller, request_id: UUID, served_id: UUID, said: Sequence[RowAnswer]
) -> RequestAnswered:
    """Nothing is locked while the register is asked. Raises what `answer_request` refuses with."""
    if means.register is not None:
        async with work.database.transaction() as tx:
            child = await whom_to_check(tx, means, caller, request_id, now=work.now)
        if child is not None:
            await check_custody(work.database, work.ask, means, child, caller, now=work.now)
    view, _ = await through_barrier(work, means, lambda tx: answer_request(tx, means, caller, request_id, served_id, said, now=work.now))
    return view
