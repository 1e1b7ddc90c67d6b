"""What connected systems do, over HTTP and NATS alike: keys, items, fetch, receipts, confirmations; and the inbox over HTTP."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import Parameter

from services.sharing.domain.views import PostedView, ReceiptView, Released
from services.sharing.http.outcomes import told
from services.sharing.usecases.fetch_item import FetchItem, fetch_item, stands_in_log
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.hand_out_keys import AskKeys, KeysView, hand_out_keys
from services.sharing.usecases.learn_facts import learn_for_delivery, learn_for_permit
from services.sharing.usecases.post_items import PostItems, post_items
from services.sharing.usecases.read_inbox import Confirmed, ConfirmNotices, InboxView, confirm_notices, read_inbox
from services.sharing.usecases.store_receipt import StoreReceipt, store_receipt
from shared.auth import Caller, Kind, requires
from shared.clock import monotonic
from shared.database import Connection
from shared.errors import AppError, Unavailable
from shared.operations import Operation
from shared.testpoints import reached
from shared.work import TheCaller, TheWork, Work

SYSTEMS = frozenset({Kind.SYSTEM})
LARGEST_POST = 24 << 20
"""Octets: an item of the largest size class in base64, over HTTP."""
LOOK_EVERY = timedelta(milliseconds=500)
LONGEST_WAIT = 25
LOG_EVERY = timedelta(milliseconds=20)
LOG_WITHIN = timedelta(seconds=1)
"""Under the two seconds that an asker over the bus waits."""


def operations(ground: Ground) -> list[Operation[Any, Any]]:
    """Every operation of a system on this ground."""
    return [
        Operation(name="keys", kind="ask", path="/v1/keys", request=AskKeys, answer=KeysView, perform=_keys),
        Operation(
            name="items",
            kind="in",
            path="/v1/items",
            request=PostItems,
            answer=PostedView,
            perform=_Items(ground),
            scopes=("sharing:send",),
            max_body=LARGEST_POST,
        ),
        Operation(
            name="fetch",
            kind="ask",
            path="/v1/fetch",
            request=FetchItem,
            answer=Released,
            perform=_Fetch(ground),
            scopes=("sharing:fetch",),
        ),
        Operation(
            name="receipt",
            kind="in",
            path="/v1/receipts",
            request=StoreReceipt,
            answer=ReceiptView,
            perform=_receipt,
            scopes=("sharing:fetch",),
        ),
        Operation(
            name="confirm",
            kind="in",
            path="/v1/inbox/confirmations",
            request=ConfirmNotices,
            answer=Confirmed,
            perform=_confirm,
            scopes=("sharing:fetch",),
        ),
    ]


async def _keys(work: Work, _caller: Caller, request: AskKeys) -> KeysView:
    """The public keys of a unit and its organisation that are in force."""
    async with work.database.connection() as connection:
        return await hand_out_keys(connection, request, now=work.now)


class _Items:
    """Take sealed items under a permit, one by one."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def __call__(self, work: Work, caller: Caller, request: PostItems) -> PostedView:
        learned, child_ref = await learn_for_permit(work.database, work.ask, self._ground, caller, request.permit_id, now=work.now)

        async def effect(tx: Connection) -> PostedView | AppError:
            outcome = await post_items(
                tx,
                caller,
                request,
                tables=self._ground.tables,
                learned=learned,
                child_ref=child_ref,
                trusted=self._ground.lease.holds(),
                now=work.now,
            )
            return told(outcome)

        return await work.once(effect)


class _Fetch:
    """Release one sealed item to its recipient: the bytes leave only after the commit."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def __call__(self, work: Work, caller: Caller, request: FetchItem) -> Released:
        await self._await_log(work, caller, request)
        if not self._ground.lease.holds():
            await self._renew(work)
        learned = await learn_for_delivery(work.database, work.ask, self._ground, caller, request.delivery_id, now=work.now)
        reached("sharing.facts-learned")

        async def effect(tx: Connection) -> Released | AppError:
            outcome = await fetch_item(tx, caller, request, ground=self._ground, learned=learned, now=work.now, arrived=work.arrived)
            reached("sharing.release-written")
            return told(outcome)

        # Never from stored bytes: a repetition is a new release with the same checks (I2).
        released = await msgspec.structs.replace(work, claim=None).once(effect)
        reached("sharing.release-committed")
        return released

    async def _await_log(self, work: Work, caller: Caller, request: FetchItem) -> None:
        """The notice is often faster than audit's word on the decision: a moment's patience, outside any transaction."""
        until = monotonic() + LOG_WITHIN.total_seconds()
        while monotonic() < until:
            async with work.database.connection() as connection:
                if await stands_in_log(connection, caller, request.delivery_id):
                    return
            await asyncio.sleep(LOG_EVERY.total_seconds())

    async def _renew(self, work: Work) -> None:
        try:
            await self._ground.lease.run_once(work.now)
        except Unavailable:
            return  # what stands on consent is refused then, what is free may go


async def _receipt(work: Work, caller: Caller, request: StoreReceipt) -> ReceiptView:
    """Keep what the recipient confirms."""

    async def effect(tx: Connection) -> ReceiptView | AppError:
        return told(await store_receipt(tx, caller, request, now=work.now))

    return await work.once(effect)


async def _confirm(work: Work, caller: Caller, request: ConfirmNotices) -> Confirmed:
    """End notices that the organisation has made durable."""

    async def effect(tx: Connection) -> Confirmed | AppError:
        return told(await confirm_notices(tx, caller, request, now=work.now))

    return await work.once(effect)


@get("/v1/inbox", guards=[requires("sharing:fetch", kinds=SYSTEMS)])
async def inbox(
    caller: TheCaller,
    work: TheWork,
    after: Annotated[int, Parameter(ge=0)] = 0,
    wait: Annotated[int, Parameter(ge=0, le=LONGEST_WAIT)] = LONGEST_WAIT,
) -> InboxView:
    """Every notice not confirmed; waits until there is one beyond `after`."""
    until = monotonic() + wait
    while True:

        async def effect(tx: Connection) -> InboxView | AppError:
            return told(await read_inbox(tx, caller, now=work.now))

        seen = await work.once(effect)
        if any(notice.position > after for notice in seen.notices) or monotonic() >= until:
            return seen
        await asyncio.sleep(LOOK_EVERY.total_seconds())
