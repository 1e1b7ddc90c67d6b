"""What the holder does to a consent that it has been given, and what its staff must see to."""

from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from services.consent.http.barrier import through_barrier
from services.consent.http.children import TheMeans
from services.consent.http.requests import FAMILY
from services.consent.http.views import Changing, EndingBody, Pausing, Resuming, Striking, TelephoneWithdrawal
from services.consent.usecases.change_consent import ConsentChanged, change_consent
from services.consent.usecases.end_consent import ConsentEnded, end_consent
from services.consent.usecases.list_awaited import AwaitedList, list_awaited
from services.consent.usecases.list_disclosures import DisclosureList, list_disclosures
from services.consent.usecases.list_notices import NoticeList, list_notices
from services.consent.usecases.list_tasks import TaskList, list_tasks
from services.consent.usecases.pause_consent import ConsentPaused, pause_consent, resume_consent
from services.consent.usecases.strike_consent import ConsentStruck, strike_consent
from services.consent.usecases.withdraw_by_telephone import withdraw_by_telephone
from services.consent.usecases.withdraw_consent import ConsentWithdrawn
from shared.auth import LOA3, Kind, requires
from shared.work import TheCaller, TheWork

HOLDER = requires("consent:ask", kinds=frozenset({Kind.PERSON, Kind.SYSTEM}))
STAFF = requires("consent:ask", kinds=frozenset({Kind.PERSON}))
STRONG = requires("consent:ask", kinds=frozenset({Kind.PERSON}), acr=LOA3)


@post("/v1/consents/{consent_id:uuid}/pause", guards=[HOLDER], status_code=200)
async def pause(consent_id: FromPath[UUID], data: JSONBody[Pausing], caller: TheCaller, work: TheWork, means: TheMeans) -> ConsentPaused:
    """Let nothing through until after a day. `paused` on sharing's word, else `being-confirmed`."""
    view, confirmed = await through_barrier(
        work, means, lambda tx: pause_consent(tx, means, caller, consent_id, data.row, data.reason, data.last_day, now=work.now)
    )
    return msgspec.structs.replace(view, state="paused") if confirmed else view


@post("/v1/consents/{consent_id:uuid}/resumption", guards=[STRONG], status_code=200)
async def resume(consent_id: FromPath[UUID], data: JSONBody[Resuming], caller: TheCaller, work: TheWork, means: TheMeans) -> ConsentPaused:
    """Lift the pause before its end. A system cannot."""
    view, _ = await through_barrier(work, means, lambda tx: resume_consent(tx, means, caller, consent_id, data.row, now=work.now))
    return view


@post("/v1/consents/{consent_id:uuid}/change", guards=[HOLDER], status_code=200)
async def change(consent_id: FromPath[UUID], data: JSONBody[Changing], caller: TheCaller, work: TheWork, means: TheMeans) -> ConsentChanged:
    """Ask for less, which holds at once, or for longer, which asks everybody again while the old consent governs."""
    view, confirmed = await through_barrier(
        work, means, lambda tx: change_consent(tx, means, caller, consent_id, data.rows, data.last_day, now=work.now)
    )
    return msgspec.structs.replace(view, state="narrowed") if confirmed and view.state == "being-confirmed" else view


@post("/v1/consents/{consent_id:uuid}/end", guards=[HOLDER], status_code=200)
async def end(consent_id: FromPath[UUID], data: JSONBody[EndingBody], caller: TheCaller, work: TheWork, means: TheMeans) -> ConsentEnded:
    """End it as its holder, for a coded reason. `ended` on sharing's word, else `being-confirmed`."""
    view, confirmed = await through_barrier(
        work, means, lambda tx: end_consent(tx, means, caller, consent_id, data.row, data.reason, now=work.now)
    )
    return msgspec.structs.replace(view, state="ended") if confirmed else view


@post("/v1/consents/{consent_id:uuid}/strike", guards=[STRONG], status_code=200)
async def strike(consent_id: FromPath[UUID], data: JSONBody[Striking], caller: TheCaller, work: TheWork, means: TheMeans) -> ConsentStruck:
    """Say that it was registered by mistake. The first person's word pauses it; another's strikes it out."""
    view, confirmed = await through_barrier(
        work, means, lambda tx: strike_consent(tx, means, caller, consent_id, data.row, data.reason, now=work.now)
    )
    return msgspec.structs.replace(view, state="struck-out") if confirmed and view.state == "being-confirmed" else view


@post("/v1/consents/{consent_id:uuid}/telephone-withdrawal", guards=[STAFF], status_code=200)
async def withdraw_for(
    consent_id: FromPath[UUID], data: JSONBody[TelephoneWithdrawal], caller: TheCaller, work: TheWork, means: TheMeans
) -> ConsentWithdrawn:
    """Stop it for somebody who has called. It takes no strong login: a withdrawal never waits for one."""
    view, confirmed = await through_barrier(
        work,
        means,
        lambda tx: withdraw_by_telephone(tx, means, caller, consent_id, data.number, data.witness, data.row, now=work.now),
    )
    return msgspec.structs.replace(view, state="stopped") if confirmed else view


@get("/v1/notices", guards=[FAMILY])
async def notices(caller: TheCaller, work: TheWork, means: TheMeans) -> NoticeList:
    """The family's inbox."""
    return await work.once(lambda tx: list_notices(tx, means, caller, now=work.now))


@get("/v1/disclosures", guards=[FAMILY])
async def disclosed(caller: TheCaller, work: TheWork, means: TheMeans) -> DisclosureList:
    """What has been told about the reader's children, on consent or on another ground."""
    return await work.once(lambda tx: list_disclosures(tx, means, caller, now=work.now))


@get("/v1/tasks", guards=[HOLDER])
async def tasks(caller: TheCaller, work: TheWork, means: TheMeans) -> TaskList:
    """What waits for somebody at the units."""
    return await work.once(lambda tx: list_tasks(tx, means, caller, now=work.now))


@get("/v1/awaited", guards=[HOLDER])
async def awaiting(caller: TheCaller, work: TheWork, means: TheMeans, after: FromQuery[UUID | None] = None) -> AwaitedList:
    """What the questions of the units wait for, child by child, and what to do next."""
    return await work.once(lambda tx: list_awaited(tx, means, caller, after, now=work.now))


ROUTES: list[HTTPRouteHandler] = [pause, resume, change, end, strike, withdraw_for, notices, disclosed, tasks, awaiting]
