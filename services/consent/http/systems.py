"""What connected systems ask and do, over HTTP and NATS alike; and their notices over HTTP."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import Parameter

from services.consent.domain.register import Register
from services.consent.http.barrier import through_barrier
from services.consent.http.children import TheMeans
from services.consent.http.views import OfChild
from services.consent.usecases.ask_coverage import AskCoverage, CoverageTold, ask_coverage
from services.consent.usecases.import_consent import ConsentImported, ImportConsent, import_consent
from services.consent.usecases.list_given import GivenList, list_given
from services.consent.usecases.means import Means
from services.consent.usecases.name_child import number_in
from services.consent.usecases.read_inbox import Confirmed, ConfirmNotices, InboxView, confirm_notices, read_inbox
from services.consent.usecases.record_custody import CustodyStated, NewStatement, record_custody
from shared.auth import Caller, Kind, requires
from shared.clock import monotonic
from shared.operations import Operation
from shared.work import TheCaller, TheWork, Work

BOTH = frozenset({Kind.PERSON, Kind.SYSTEM})
ASK = ("consent:ask",)
LOOK_EVERY = timedelta(milliseconds=500)
LONGEST_WAIT = 25


def operations(means: Means, register: Register) -> list[Operation[Any, Any]]:
    """Every one of them but `children`."""
    return [*_asked(means), *_done(means), _imported(means, register)]


def _asked(means: Means) -> list[Operation[Any, Any]]:
    async def coverage(work: Work, caller: Caller, request: AskCoverage) -> CoverageTold:
        """What holds of the organisation's own rows now, why, and who can change it; or what held at a past moment."""
        return await work.once(lambda tx: ask_coverage(tx, means, caller, request, now=work.now))

    async def consents(work: Work, caller: Caller, request: OfChild) -> GivenList:
        """What the organisation has asked for and been given about a child, with the state of each row."""
        return await work.once(lambda tx: list_given(tx, means, caller, request.child_ref, now=work.now, at=request.at))

    return [
        Operation(
            name="coverage",
            kind="ask",
            path="/v1/coverage",
            request=AskCoverage,
            answer=CoverageTold,
            perform=coverage,
            scopes=ASK,
            kinds=BOTH,
        ),
        Operation(
            name="consents",
            kind="ask",
            path="/v1/consent-lists",
            request=OfChild,
            answer=GivenList,
            perform=consents,
            scopes=ASK,
            kinds=BOTH,
        ),
    ]


def _done(means: Means) -> list[Operation[Any, Any]]:
    async def custody(work: Work, caller: Caller, request: NewStatement) -> CustodyStated:
        """State who decides for a child. It never beats the register; taking somebody away needs a document and two people."""
        view, _ = await through_barrier(work, means, lambda tx: record_custody(tx, means, caller, request, now=work.now))
        return view

    async def confirm(work: Work, caller: Caller, request: ConfirmNotices) -> Confirmed:
        """End notices that the organisation has made durable."""
        return await work.once(lambda tx: confirm_notices(tx, means, caller, request, now=work.now))

    return [
        Operation(
            name="custody",
            kind="in",
            path="/v1/custody-statements",
            request=NewStatement,
            answer=CustodyStated,
            perform=custody,
            scopes=ASK,
            kinds=BOTH,
        ),
        Operation(
            name="confirm-consents",
            kind="in",
            path="/v1/inbox/confirmations",
            request=ConfirmNotices,
            answer=Confirmed,
            perform=confirm,
            scopes=ASK,
        ),
    ]


def _imported(means: Means, register: Register) -> Operation[Any, Any]:
    async def bring(work: Work, caller: Caller, request: ImportConsent) -> ConsentImported:
        """Take over one consent that was collected before, a line of a file; the same line again is the same consent."""
        found = await register.look_up(number_in(request.number))
        view, _ = await through_barrier(work, means, lambda tx: import_consent(tx, means, caller, request, found, now=work.now))
        return view

    return Operation(
        name="imported-consent",
        kind="in",
        path="/v1/imported-consents",
        request=ImportConsent,
        answer=ConsentImported,
        perform=bring,
        scopes=ASK,
        kinds=BOTH,
    )


@get("/v1/inbox", guards=[requires("consent:ask", kinds=frozenset({Kind.SYSTEM}))])
async def inbox(
    caller: TheCaller,
    work: TheWork,
    means: TheMeans,
    after: Annotated[int, Parameter(ge=0)] = 0,
    wait: Annotated[int, Parameter(ge=0, le=LONGEST_WAIT)] = LONGEST_WAIT,
) -> InboxView:
    """Every notice of this house not confirmed; waits until there is one beyond `after`."""
    until = monotonic() + wait
    while True:
        seen = await work.once(lambda tx: read_inbox(tx, means, caller, now=work.now))
        if any(notice.position > after for notice in seen.notices) or monotonic() >= until:
            return seen
        await asyncio.sleep(LOOK_EVERY.total_seconds())


ROUTES: list[HTTPRouteHandler] = [inbox]
