"""Erasing a person, by two of the operator's staff. The number stands in the body only."""

from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from services.consent.http.barrier import through_barrier
from services.consent.http.children import TheMeans
from services.consent.usecases.erase_person import (
    EraseReason,
    ErasureList,
    ErasureShown,
    confirm_erasure,
    decide_erasure,
    list_erasures,
    preview_erasure,
    show_erasure,
)
from shared.auth import LOA3, Kind, requires
from shared.contracts import audit
from shared.contracts.sharing import ErasurePreview, WouldErase
from shared.errors import Unavailable
from shared.words import PersonalNumber
from shared.work import TheCaller, TheWork

_Counted = TypeVar("_Counted", ErasurePreview, audit.ErasableFound)
STRONG = requires("consent:ask", kinds=frozenset({Kind.PERSON}), acr=LOA3)


class Erasable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a dry run is about."""

    number: PersonalNumber


class NewErasure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom, and why."""

    number: PersonalNumber
    reason: EraseReason


class Confirming(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said: the erasure is named by the path."""


class ErasurePreviewed(msgspec.Struct, frozen=True, kw_only=True):
    """What would be destroyed in each house, how many of each kind; None for a house that does not answer now.

    Audit's `kept-by-a-hold` waits: the erasure is not done before those holds are lifted.
    """

    consent: dict[str, int]
    sharing: dict[str, int] | None
    audit: dict[str, int] | None


@post("/v1/erasure-previews", guards=[STRONG], status_code=200, opt={"reads": True})
async def preview(data: JSONBody[Erasable], caller: TheCaller, work: TheWork, means: TheMeans) -> ErasurePreviewed:
    """The dry run. Nothing changes."""
    found = await work.once(lambda tx: preview_erasure(tx, means, caller, data.number, now=work.now))
    return ErasurePreviewed(
        consent=found.kinds,
        sharing=await _kinds(work.ask(WouldErase(subject_id=found.subject_id))),
        audit=await _kinds(work.ask(audit.Erasable(subject_id=found.subject_id))),
    )


async def _kinds(asked: Awaitable[_Counted]) -> dict[str, int] | None:
    try:
        return (await asked).kinds
    except Unavailable:
        return None


@post("/v1/erasures", guards=[STRONG], status_code=200)
async def decide(data: JSONBody[NewErasure], caller: TheCaller, work: TheWork, means: TheMeans) -> ErasureShown:
    """The first one's word. Nothing is destroyed before another's."""
    return await work.once(lambda tx: decide_erasure(tx, means, caller, data.number, data.reason, now=work.now))


@post("/v1/erasures/{erasure_id:uuid}/confirmation", guards=[STRONG], status_code=200)
async def confirm(
    erasure_id: FromPath[UUID],
    data: JSONBody[Confirming],  # noqa: ARG001  an empty object: the request says nothing but that it is one
    caller: TheCaller,
    work: TheWork,
    means: TheMeans,
) -> ErasureShown:
    """The second one's word: what stands on the person is stopped, the key destroyed, the other houses told."""
    view, _ = await through_barrier(work, means, lambda tx: confirm_erasure(tx, means, caller, erasure_id, now=work.now))
    return view


@get("/v1/erasures/{erasure_id:uuid}", guards=[STRONG])
async def show(erasure_id: FromPath[UUID], caller: TheCaller, work: TheWork, means: TheMeans) -> ErasureShown:
    """Which houses have answered, and whether one is overdue."""
    return await work.once(lambda tx: show_erasure(tx, means, caller, erasure_id, now=work.now))


@get("/v1/erasures", guards=[STRONG])
async def list_open(caller: TheCaller, work: TheWork, means: TheMeans) -> ErasureList:
    """What is not done yet."""
    return await work.once(lambda tx: list_erasures(tx, means, caller, now=work.now))


ROUTES: list[HTTPRouteHandler] = [preview, decide, confirm, show, list_open]
