"""Protected identity and restriction of processing, by staff at LoA 3. Numbers stand in bodies only."""

from uuid import UUID

import msgspec
from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from services.consent.domain.holds import HoldKind, HoldReason
from services.consent.http.barrier import through_barrier
from services.consent.http.children import TheMeans
from services.consent.usecases.hold_person import HoldShown, lift_hold, set_hold
from services.consent.usecases.name_handler import HandlerShown, name_handler, remove_handler
from shared.auth import LOA3, Kind, requires
from shared.words import PersonalNumber, Principal
from shared.work import TheCaller, TheWork

STRONG = requires("consent:ask", kinds=frozenset({Kind.PERSON}), acr=LOA3)


class NewHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On whom, what, and why: `assessed` for `protected`; `accuracy`, `unlawful`, `legal-claim`, `objection` for `restricted`."""

    number: PersonalNumber
    kind: HoldKind
    reason: HoldReason


class Lifting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said: the hold is named by the path."""


class NamedHandler(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may handle whom."""

    number: PersonalNumber
    principal: Principal
    """`<issuer> <subject>` of a colleague."""


@post("/v1/holds", guards=[STRONG], status_code=200)
async def lay(data: JSONBody[NewHold], caller: TheCaller, work: TheWork, means: TheMeans) -> HoldShown:
    """In force when this answers, at sharing too as soon as it can be reached; what was given is stopped or paused through the barrier."""
    view, _ = await through_barrier(work, means, lambda tx: set_hold(tx, means, caller, data.number, data.kind, data.reason, now=work.now))
    return view


@post("/v1/holds/{hold_id:uuid}/lifting", guards=[STRONG], status_code=200)
async def lift(
    hold_id: FromPath[UUID],
    data: JSONBody[Lifting],  # noqa: ARG001  an empty object: the request says nothing but that it is one
    caller: TheCaller,
    work: TheWork,
    means: TheMeans,
) -> HoldShown:
    """The first of two says that it is over, the second lifts it."""
    view, _ = await through_barrier(work, means, lambda tx: lift_hold(tx, means, caller, hold_id, now=work.now))
    return view


@post("/v1/handlers", guards=[STRONG], status_code=200)
async def name(data: JSONBody[NamedHandler], caller: TheCaller, work: TheWork, means: TheMeans) -> HandlerShown:
    """The first of two names a colleague, the second says the same."""
    return await work.once(lambda tx: name_handler(tx, means, caller, data.number, data.principal, now=work.now))


@post("/v1/handler-removals", guards=[STRONG], status_code=200)
async def remove(data: JSONBody[NamedHandler], caller: TheCaller, work: TheWork, means: TheMeans) -> HandlerShown:
    """Named no longer, at once."""
    return await work.once(lambda tx: remove_handler(tx, means, caller, data.number, data.principal, now=work.now))


ROUTES: list[HTTPRouteHandler] = [lay, lift, name, remove]
