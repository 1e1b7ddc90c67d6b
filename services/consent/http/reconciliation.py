"""The operator compares consent's rows with sharing's copies now, instead of waiting for the loop."""

from litestar import post
from litestar.handlers import HTTPRouteHandler

from services.consent.http.children import TheMeans
from services.consent.usecases.allow_operator import allow_operator
from services.consent.usecases.reconcile import Reconcile, Reconciled
from shared.auth import Kind, requires
from shared.work import TheCaller, TheWork


@post("/v1/reconciliations", guards=[requires("consent:ask", kinds=frozenset({Kind.PERSON}))], status_code=200, opt={"reads": True})
async def reconcile_now(caller: TheCaller, work: TheWork, means: TheMeans) -> Reconciled:
    """One pass over every row. It narrows what differs and never widens; each difference is an entry in the operator's log."""
    await work.once(lambda tx: allow_operator(tx, means, caller, "reconciliation.asked", now=work.now))
    return await Reconcile(work.database, work.ask, means).run_pass(work.now)


ROUTES: list[HTTPRouteHandler] = [reconcile_now]
