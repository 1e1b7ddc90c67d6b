"""What a family has said yes to, and how it takes it back."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from services.consent.http.barrier import through_barrier
from services.consent.http.children import TheMeans
from services.consent.http.requests import FAMILY
from services.consent.http.views import Withdrawal
from services.consent.usecases.list_consents import ConsentList, list_consents
from services.consent.usecases.withdraw_consent import ConsentWithdrawn, withdraw_consent
from shared.work import TheCaller, TheWork


@get("/v1/consents", guards=[FAMILY])
async def list_own(caller: TheCaller, work: TheWork, means: TheMeans) -> ConsentList:
    """What holds, what has ended, and what has been shared so far."""
    return await work.once(lambda tx: list_consents(tx, means, caller, now=work.now))


@post("/v1/consents/{consent_id:uuid}/withdrawal", guards=[FAMILY], status_code=200)
async def withdraw(
    consent_id: FromPath[UUID], data: JSONBody[Withdrawal], caller: TheCaller, work: TheWork, means: TheMeans
) -> ConsentWithdrawn:
    """Stop it. Says `stopped` only when sharing has; else `being-confirmed`, and `GET /v1/consents` tells when it is."""
    view, confirmed = await through_barrier(work, means, lambda tx: withdraw_consent(tx, means, caller, consent_id, data.row, now=work.now))
    return msgspec.structs.replace(view, state="stopped") if confirmed else view


ROUTES: list[HTTPRouteHandler] = [list_own, withdraw]
