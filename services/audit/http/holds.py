"""Restriction and legal hold on what the logs have of a child or a case: two officers lay it, two lift it (audit.md 30)."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from services.audit.domain.holds import Hold, Kind, Reason, State
from services.audit.http.entries import OFFICER
from services.audit.http.views import TheKeeper
from services.audit.usecases.place_hold import NewHold, confirm_hold, lift_hold, list_holds, place_hold
from shared.clock import STOCKHOLM
from shared.contracts.consent import Child
from shared.database import Connection
from shared.errors import AppError
from shared.ids import opaque_id
from shared.words import OpaqueId
from shared.work import TheCaller, TheWork


class PlaceHold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On a child or on a case, never both."""

    kind: Kind
    reason: Reason
    review_on: date
    """When somebody looks whether it is still needed. It does not end by itself."""
    child_ref: UUID | None = None
    """The organisation's own reference."""
    case_id: UUID | None = None
    organisation: OpaqueId | None = None
    """Default: the caller's own."""


class HoldChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said: the hold is named by the path."""


class LogHoldView(msgspec.Struct, frozen=True, kw_only=True):
    """A hold. Which child it is on is not repeated."""

    hold_id: UUID
    kind: Kind
    reason: Reason
    state: State
    case_id: UUID | None
    review_on: date
    is_due: bool
    """The day to look at it again has come."""
    placed_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, hold: Hold, now: datetime) -> "LogHoldView":
        """As it stands now."""
        return cls(
            hold_id=hold.hold_id,
            kind=hold.kind,
            reason=hold.reason,
            state=hold.state,
            case_id=hold.case_id,
            review_on=hold.review_on,
            is_due=hold.state is not State.LIFTED and hold.review_on <= now.astimezone(STOCKHOLM).date(),
            placed_at=hold.placed_at,
            changed_at=hold.changed_at,
        )


class LogHoldsView(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first, at most two hundred."""

    holds: tuple[LogHoldView, ...]


@post("/v1/log-holds", guards=[OFFICER], status_code=200)
async def place(data: JSONBody[PlaceHold], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> LogHoldView:
    """The first officer's word. Nothing that it is on is erased or thinned from now on."""
    organisation = data.organisation or caller.organisation or keeper.operator
    subject_id = None
    if data.child_ref is not None:
        child = await work.ask(Child(organisation=organisation, child_ref=data.child_ref))
        subject_id = child.subject_id or opaque_id()
    wanted = NewHold(
        organisation=organisation,
        kind=data.kind,
        reason=data.reason,
        review_on=data.review_on,
        subject_id=subject_id,
        case_id=data.case_id,
    )

    async def effect(tx: Connection) -> LogHoldView | AppError:
        made = await place_hold(tx, keeper, caller, wanted, now=work.now)
        return made if isinstance(made, AppError) else LogHoldView.of(made, work.now)

    return await work.once(effect)


@post("/v1/log-holds/{hold_id:uuid}/confirmation", guards=[OFFICER], status_code=200)
async def confirm(
    hold_id: FromPath[UUID],
    data: JSONBody[HoldChange],  # noqa: ARG001  an empty object: the request says nothing but that it is one
    caller: TheCaller,
    work: TheWork,
    keeper: TheKeeper,
) -> LogHoldView:
    """Another officer's word: ordinary views leave out what it is on."""

    async def effect(tx: Connection) -> LogHoldView | AppError:
        made = await confirm_hold(tx, keeper, caller, hold_id, now=work.now)
        return made if isinstance(made, AppError) else LogHoldView.of(made, work.now)

    return await work.once(effect)


@post("/v1/log-holds/{hold_id:uuid}/lifting", guards=[OFFICER], status_code=200)
async def lift(
    hold_id: FromPath[UUID],
    data: JSONBody[HoldChange],  # noqa: ARG001  an empty object, as above
    caller: TheCaller,
    work: TheWork,
    keeper: TheKeeper,
) -> LogHoldView:
    """The first one's word that it is over, or the second one's, which lifts it."""

    async def effect(tx: Connection) -> LogHoldView | AppError:
        made = await lift_hold(tx, keeper, caller, hold_id, now=work.now)
        return made if isinstance(made, AppError) else LogHoldView.of(made, work.now)

    return await work.once(effect)


@get("/v1/log-holds", guards=[OFFICER])
async def listed(
    caller: TheCaller,
    work: TheWork,
    keeper: TheKeeper,
    organisation: FromQuery[OpaqueId | None] = None,
    lifted: FromQuery[bool] = False,
) -> LogHoldsView:
    """Those that stand; with `lifted` all."""
    name = organisation or caller.organisation or keeper.operator

    async def effect(tx: Connection) -> LogHoldsView | AppError:
        found = await list_holds(tx, keeper, caller, name, lifted=lifted, now=work.now)
        return found if isinstance(found, AppError) else LogHoldsView(holds=tuple(LogHoldView.of(one, work.now) for one in found))

    return await work.once(effect)


ROUTES: list[HTTPRouteHandler] = [place, confirm, lift, listed]
