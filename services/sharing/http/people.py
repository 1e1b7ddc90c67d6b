"""What people do who work with a child: cases, consent requests, permits, refusals. Asking is in `questions.py`."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, SkipValidation

from services.sharing.domain.release import AttestationView
from services.sharing.domain.views import CaseRead, CaseView, DeclinedView, PermitView, RequestsView
from services.sharing.http.outcomes import told
from services.sharing.usecases.attest_release import AttestRelease, attest_release
from services.sharing.usecases.decline_items import DeclineItems, decline_items
from services.sharing.usecases.give_permit import GivePermit, give_permit
from services.sharing.usecases.ground import Ground
from services.sharing.usecases.learn_facts import learn_child_at_once, learn_for_decision
from services.sharing.usecases.make_package import PackageView, make_package
from services.sharing.usecases.open_case import OpenCase, open_case
from services.sharing.usecases.read_case import read_case
from services.sharing.usecases.want_consent import WantConsent, want_consent
from shared.auth import LOA3, Kind, requires
from shared.database import Connection
from shared.errors import AppError
from shared.work import TheCaller, TheWork

STAFF = frozenset({Kind.PERSON})
On = NamedDependency[SkipValidation[Ground]]


@post("/v1/cases", guards=[requires("sharing:decide", kinds=STAFF)], status_code=201)
async def open_a_case(data: JSONBody[OpenCase], caller: TheCaller, work: TheWork, ground: On) -> CaseView:
    """Open a case for a child that the caller's organisation has named."""
    child, _ = await learn_child_at_once(work.database, work.ask, caller, data.child_ref, data.purpose)

    async def effect(tx: Connection) -> CaseView | AppError:
        return told(await open_case(tx, caller, data, tables=ground.tables, child=child, now=work.now))

    return await work.once(effect)


@get("/v1/cases/{case_id:uuid}", guards=[requires("sharing:read", kinds=STAFF)])
async def show_case(case_id: FromPath[UUID], caller: TheCaller, work: TheWork, ground: On) -> CaseRead:
    """A case with what happened in it; the reading is recorded."""

    async def effect(tx: Connection) -> CaseRead | AppError:
        return told(await read_case(tx, caller, case_id, tables=ground.tables, now=work.now))

    return await work.once(effect)


@post("/v1/consent-requests", guards=[requires("sharing:decide", kinds=STAFF)], status_code=201)
async def ask_family(data: JSONBody[WantConsent], caller: TheCaller, work: TheWork, ground: On) -> RequestsView:
    """Ask the family for what waits for it."""

    async def effect(tx: Connection) -> RequestsView | AppError:
        return told(await want_consent(tx, caller, data, tables=ground.tables, now=work.now))

    return await work.once(effect)


@post("/v1/permits", guards=[requires("sharing:confirm", kinds=STAFF, acr=LOA3)], status_code=201)
async def confirm(data: JSONBody[GivePermit], caller: TheCaller, work: TheWork, ground: On) -> PermitView:
    """A named human's word at level of assurance 3."""
    learned = await learn_for_decision(work.database, work.ask, ground, caller, data.decision_id, data.items, now=work.now)

    async def effect(tx: Connection) -> PermitView | AppError:
        trusted = ground.lease.holds()
        return told(await give_permit(tx, caller, data, tables=ground.tables, learned=learned, trusted=trusted, now=work.now))

    return await work.once(effect)


@post("/v1/decisions/{decision_id:uuid}/attestations", guards=[requires("sharing:confirm", kinds=STAFF, acr=LOA3)], status_code=201)
async def attest(
    decision_id: FromPath[UUID], data: JSONBody[AttestRelease], caller: TheCaller, work: TheWork, ground: On
) -> AttestationView:
    """A handler's word that this decision about somebody with protected identity may be released; it takes two."""

    async def effect(tx: Connection) -> AttestationView | AppError:
        return told(await attest_release(tx, caller, decision_id, data, tables=ground.tables, now=work.now))

    return await work.once(effect)


@post("/v1/packages", guards=[requires("sharing:confirm", kinds=STAFF, acr=LOA3)], status_code=201)
async def package(data: JSONBody[GivePermit], caller: TheCaller, work: TheWork, ground: On) -> PackageView:
    """A named human's word for a handover that is held until the family's."""
    learned = await learn_for_decision(work.database, work.ask, ground, caller, data.decision_id, data.items, now=work.now)

    async def effect(tx: Connection) -> PackageView | AppError:
        trusted = ground.lease.holds()
        return told(await make_package(tx, caller, data, tables=ground.tables, learned=learned, trusted=trusted, now=work.now))

    return await work.once(effect)


@post("/v1/refusals", guards=[requires("sharing:decide", kinds=STAFF)], status_code=201)
async def decline(data: JSONBody[DeclineItems], caller: TheCaller, work: TheWork, ground: On) -> DeclinedView:
    """A human decides not to tell."""

    async def effect(tx: Connection) -> DeclinedView | AppError:
        return told(await decline_items(tx, caller, data, tables=ground.tables, now=work.now))

    return await work.once(effect)


ROUTES: list[Any] = [open_a_case, show_case, ask_family, confirm, attest, package, decline]
