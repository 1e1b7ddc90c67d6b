"""What units ask of each other, over HTTP and NATS alike; what they owe, over HTTP."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody

from services.sharing.domain.duties import DutyView
from services.sharing.domain.holding import HoldView
from services.sharing.domain.matters import Matter
from services.sharing.domain.views import DeliveryView
from services.sharing.http.outcomes import told
from services.sharing.http.people import STAFF, On
from services.sharing.usecases.answer_matter import AnswerMatter, MattersView, answer_matter, list_matters
from services.sharing.usecases.end_duty import DutiesView, end_duty, list_duties
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.hold_telling import HoldTelling, hold_telling
from services.sharing.usecases.learn_facts import learn_for_decision
from services.sharing.usecases.send_matter import SendMatter, send_matter
from services.sharing.usecases.tell_items import ReadingList, TellItems, ToldItem, ToldView, list_to_read, read_told, tell_items
from services.sharing.usecases.withdraw_item import WithdrawItem, withdraw_item
from shared.auth import LOA3, Caller, Kind, requires
from shared.database import Connection
from shared.errors import AppError
from shared.operations import Operation
from shared.work import TheCaller, TheWork, Work

ANYBODY = frozenset({Kind.PERSON, Kind.SYSTEM})


def operations(ground: Ground) -> list[Operation[Any, Any]]:
    """What both a person and a system may do."""
    return [
        Operation(
            name="matter",
            kind="in",
            path="/v1/matters",
            request=SendMatter,
            answer=Matter,
            perform=_Send(ground),
            scopes=("sharing:decide",),
            kinds=ANYBODY,
        ),
        Operation(
            name="matter-answer",
            kind="in",
            path="/v1/matter-answers",
            request=AnswerMatter,
            answer=Matter,
            perform=_Answer(ground),
            scopes=("sharing:decide",),
            kinds=ANYBODY,
        ),
    ]


class _Send:
    """Ask another unit: a request, an offer, a wish for a plan, a report of concern, a consultation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def __call__(self, work: Work, caller: Caller, request: SendMatter) -> Matter:
        async def effect(tx: Connection) -> Matter | AppError:
            return told(await send_matter(tx, caller, request, tables=self._ground.tables, now=work.now))

        return await work.once(effect)


class _Answer:
    """Confirm or answer it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def __call__(self, work: Work, caller: Caller, request: AnswerMatter) -> Matter:
        async def effect(tx: Connection) -> Matter | AppError:
            return told(await answer_matter(tx, caller, request, tables=self._ground.tables, now=work.now))

        return await work.once(effect)


@get("/v1/matters", guards=[requires("sharing:read", kinds=STAFF)])
async def show_matters(caller: TheCaller, work: TheWork, before: FromQuery[UUID | None] = None) -> MattersView:
    """What the caller's units have sent and got."""

    async def effect(tx: Connection) -> MattersView | AppError:
        return told(await list_matters(tx, caller, before=before, now=work.now))

    return await work.once(effect)


@get("/v1/duties", guards=[requires("sharing:read", kinds=STAFF)])
async def show_duties(caller: TheCaller, work: TheWork) -> DutiesView:
    """What the caller's units have to do, the most urgent first."""

    async def effect(tx: Connection) -> DutiesView | AppError:
        return told(await list_duties(tx, caller, now=work.now))

    return await work.once(effect)


@post("/v1/duties/{duty_id:uuid}/done", guards=[requires("sharing:decide", kinds=STAFF)], status_code=200)
async def duty_done(duty_id: FromPath[UUID], caller: TheCaller, work: TheWork) -> DutyView:
    """A person says that it has been done."""

    async def effect(tx: Connection) -> DutyView | AppError:
        return told(await end_duty(tx, caller, duty_id, now=work.now))

    return await work.once(effect)


@post("/v1/deliveries/{delivery_id:uuid}/recall", guards=[requires("sharing:decide", kinds=STAFF)], status_code=200)
async def withdraw(delivery_id: FromPath[UUID], data: JSONBody[WithdrawItem], caller: TheCaller, work: TheWork, ground: On) -> DeliveryView:
    """The holder takes an item back."""

    async def effect(tx: Connection) -> DeliveryView | AppError:
        return told(await withdraw_item(tx, caller, delivery_id, data, tables=ground.tables, now=work.now))

    return await work.once(effect)


@post("/v1/told", guards=[requires("sharing:confirm", kinds=STAFF, acr=LOA3)], status_code=201)
async def tell(data: JSONBody[TellItems], caller: TheCaller, work: TheWork, ground: On) -> ToldView:
    """A named human tells at a meeting or by telephone, at level of assurance 3."""
    learned = await learn_for_decision(work.database, work.ask, ground, caller, data.decision_id, data.items, now=work.now)

    async def effect(tx: Connection) -> ToldView | AppError:
        return told(await tell_items(tx, caller, data, ground=ground, learned=learned, now=work.now, arrived=work.arrived))

    return await work.once(effect)


@post("/v1/reading-lists", guards=[requires("sharing:decide", kinds=STAFF)], status_code=200, opt={"reads": True})
async def reading_list(data: JSONBody[TellItems], caller: TheCaller, work: TheWork, ground: On) -> ReadingList:
    """What may be said with these units present."""
    learned = await learn_for_decision(work.database, work.ask, ground, caller, data.decision_id, data.items, now=work.now)

    async def effect(tx: Connection) -> ReadingList | AppError:
        return told(await list_to_read(tx, caller, data, ground=ground, learned=learned, now=work.now))

    return await work.once(effect)


@get("/v1/told/{told_id:uuid}", guards=[requires("sharing:read", kinds=STAFF)])
async def show_told(told_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: On) -> ToldItem:
    """The filing note of what was told, for either side."""

    async def effect(tx: Connection) -> ToldItem | AppError:
        return told(await read_told(tx, caller, told_id, ground=ground, now=work.now))

    return await work.once(effect)


@post("/v1/disclosures/{disclosure_id:uuid}/hold", guards=[requires("sharing:confirm", kinds=STAFF, acr=LOA3)], status_code=200)
async def hold(disclosure_id: FromPath[UUID], data: JSONBody[HoldTelling], caller: TheCaller, work: TheWork, ground: On) -> HoldView:
    """A human at the unit that told decides that the family is told later, or now."""

    async def effect(tx: Connection) -> HoldView | AppError:
        return told(await hold_telling(tx, caller, disclosure_id, data, tables=ground.tables, now=work.now))

    return await work.once(effect)


ROUTES: list[Any] = [hold, withdraw, tell, reading_list, show_told, show_matters, show_duties, duty_done]
