"""A year past its time: a dry run, two officers' word, and how far it is (audit.md 32 to 34)."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from services.audit.domain.retention import Blocker, State
from services.audit.http.entries import OFFICER
from services.audit.http.views import TheKeeper, Year
from services.audit.usecases.retire_year import (
    Foreseen,
    Retiring,
    confirm_retirement,
    list_retirements,
    preview_retirement,
    propose_retirement,
)
from shared.database import Connection
from shared.errors import AppError
from shared.words import OpaqueId
from shared.work import TheCaller, TheWork

DecisionNumber = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Z][0-9A-Z./:-]{0,39}$(?!\n)")]
"""As in the organisation's own register of documents, without spaces."""


class PreviewRetirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which year a dry run is about."""

    year: Year
    organisation: OpaqueId | None = None
    """Default: the caller's own."""


class ProposeRetirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which year, by which decision to weed out."""

    year: Year
    decision: DecisionNumber
    organisation: OpaqueId | None = None


class ConfirmRetirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said: it is named by the path."""


class RetirementPreviewed(msgspec.Struct, frozen=True, kw_only=True):
    """What thinning would do now: persons' keys and parts go; entries, hashes and checkpoints stay, and with them every proof."""

    year: int
    due_on: date
    entries: int
    keys: int
    parts: int
    kept: int
    """Of the keys, those that a hold keeps until it is lifted."""
    blockers: tuple[Blocker, ...]

    @classmethod
    def of(cls, found: Foreseen) -> "RetirementPreviewed":
        """From the use case's answer."""
        return cls(
            year=found.year,
            due_on=found.due_on,
            entries=found.entries,
            keys=found.keys,
            parts=found.parts,
            kept=found.kept,
            blockers=found.blockers,
        )


class RetirementView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a year is. `done` of `entries` have been gone through; the entry `log.thinned` is the proof afterwards."""

    retirement_id: UUID
    year: int
    decision: DecisionNumber
    state: State
    entries: int
    done: int
    keys_destroyed: int
    parts_destroyed: int
    kept: int
    changed_at: datetime

    @classmethod
    def of(cls, found: Retiring) -> "RetirementView":
        """All logs of the year together."""
        return cls(
            retirement_id=found.retirement.retirement_id,
            year=found.retirement.year,
            decision=found.retirement.decision,
            state=found.retirement.state,
            entries=sum(log.size for log in found.logs),
            done=sum(log.upto for log in found.logs),
            keys_destroyed=sum(log.keys for log in found.logs),
            parts_destroyed=sum(log.parts for log in found.logs),
            kept=sum(log.kept for log in found.logs),
            changed_at=found.retirement.changed_at,
        )


class RetirementsView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest year first."""

    retirements: tuple[RetirementView, ...]


@post("/v1/retirements/preview", guards=[OFFICER], opt={"reads": True}, status_code=200)
async def preview(data: JSONBody[PreviewRetirement], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> RetirementPreviewed:
    """The dry run. Nothing changes."""
    organisation = data.organisation or caller.organisation or keeper.operator

    async def effect(tx: Connection) -> RetirementPreviewed | AppError:
        found = await preview_retirement(tx, keeper, caller, organisation, data.year, now=work.now)
        return found if isinstance(found, AppError) else RetirementPreviewed.of(found)

    return await work.once(effect)


@post("/v1/retirements", guards=[OFFICER], status_code=200)
async def propose(data: JSONBody[ProposeRetirement], caller: TheCaller, work: TheWork, keeper: TheKeeper) -> RetirementView:
    """The first officer's word. Nothing is destroyed before another's."""
    organisation = data.organisation or caller.organisation or keeper.operator

    async def effect(tx: Connection) -> RetirementView | AppError:
        made = await propose_retirement(tx, keeper, caller, organisation, data.year, data.decision, now=work.now)
        return made if isinstance(made, AppError) else RetirementView.of(made)

    return await work.once(effect)


@post("/v1/retirements/{retirement_id:uuid}/confirmation", guards=[OFFICER], status_code=200)
async def confirm(
    retirement_id: FromPath[UUID],
    data: JSONBody[ConfirmRetirement],  # noqa: ARG001  an empty object: the request says nothing but that it is one
    caller: TheCaller,
    work: TheWork,
    keeper: TheKeeper,
) -> RetirementView:
    """Another officer's word: it is done from now on."""

    async def effect(tx: Connection) -> RetirementView | AppError:
        made = await confirm_retirement(tx, keeper, caller, retirement_id, now=work.now)
        return made if isinstance(made, AppError) else RetirementView.of(made)

    return await work.once(effect)


@get("/v1/retirements", guards=[OFFICER])
async def listed(caller: TheCaller, work: TheWork, keeper: TheKeeper, organisation: FromQuery[OpaqueId | None] = None) -> RetirementsView:
    """All years that were proposed, and how far each is."""
    name = organisation or caller.organisation or keeper.operator

    async def effect(tx: Connection) -> RetirementsView | AppError:
        found = await list_retirements(tx, keeper, caller, name, now=work.now)
        return found if isinstance(found, AppError) else RetirementsView(retirements=tuple(map(RetirementView.of, found)))

    return await work.once(effect)


ROUTES: list[HTTPRouteHandler] = [preview, propose, confirm, listed]
