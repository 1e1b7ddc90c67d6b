"""An organisation asks what holds of its own rows: state, reason, and who can change it; never a name."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from services.consent.domain.changers import Changer, changers
from services.consent.domain.consent import State, state_of
from services.consent.domain.coverage import coverage
from services.consent.domain.custody import Known
from services.consent.domain.moment import check_past
from services.consent.storage import custody, organisations
from services.consent.usecases.check_grant import check_grant
from services.consent.usecases.entries import record
from services.consent.usecases.look_back import moment_of, weigh_as_of
from services.consent.usecases.means import Means
from services.consent.usecases.refuse_access import refuse_access
from services.consent.usecases.see_child import see_child
from services.consent.usecases.weigh_row import Weighed
from shared.auth import Caller, Kind
from shared.contracts.consent import CoverageState, Missing, RowKey
from shared.database import Connection
from shared.errors import AppError, Invalid
from shared.law.codes import LeafCategory, Purpose, Regime
from shared.law.disposers import AskHuman
from shared.words import OpaqueId, Whose

MOST = 256
NOT_YOURS = "not-yours"
"""Said alike of a child or unit that does not exist and of one that is another's (I6)."""


class RowAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row, by the organisation's own reference to the child and one of its own units."""

    child_ref: UUID
    discloser_unit: OpaqueId
    recipient_unit: OpaqueId
    purpose: Purpose
    category: LeafCategory
    about: Whose = "child"


class AskCoverage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch of at most 256."""

    rows: Annotated[tuple[RowAsked, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    """A moment that has been; without it, now."""


class RowTold(msgspec.Struct, frozen=True, kw_only=True):
    """What holds of one row now, or held at the moment asked about."""

    state: str
    """A coverage state, or `not-yours`."""
    reason: str | None = None
    """The row's own state, finer than the coverage's: `paused`, `conflict`, `not-reached`, ...; or why a human must be asked."""
    missing: tuple[Missing, ...] = ()
    can_change: tuple[Changer, ...] = ()
    consent_id: UUID | None = None
    valid_until: datetime | None = None
    as_known_now: State | None = None
    """Of a past moment: the row's state then by what was recorded later (a paper, a striking out), where that says another."""


class CoverageTold(msgspec.Struct, frozen=True, kw_only=True):
    """As many as were asked about, in their order; true at this instant and not a moment longer, and of a past one as it was known then."""

    rows: tuple[RowTold, ...]
    at: datetime


async def ask_coverage(tx: Connection, means: Means, caller: Caller, asked: AskCoverage, *, now: datetime) -> CoverageTold | AppError:
    """Only children that the organisation has named, and units of its own that the caller may act for. One entry for each child.

    Who may ask is judged as of now, also of a moment that has been. Raises Invalid for one that lies ahead.
    """
    check_past(asked.at, now)
    refusal = await check_grant(tx, caller, "coverage.read", operator=means.operator, now=now)
    organisation = caller.organisation
    if refusal is not None or organisation is None:
        return refusal or Invalid("request-invalid")
    units = None
    if caller.kind is Kind.PERSON:
        units = await organisations.granted_units(tx, caller.principal, organisation, now=now)
    children = await _children(tx, means, caller, organisation, asked, now=now)
    own = await _own(tx, organisation, units, children, asked)
    weighed = await weigh_as_of(tx, means.vault, list(own.values()), at=asked.at, now=now)
    instant = asked.at or now
    told = {place: _told(key, one, instant) for (place, (_, key, _)), (one, _) in zip(own.items(), weighed, strict=True)}
    if asked.at is not None:  # nobody can change what has been
        for place, (_, known_now) in zip(own, weighed, strict=True):
            told[place] = msgspec.structs.replace(told[place], can_change=(), as_known_now=known_now)
    return CoverageTold(rows=tuple(told.get(place, RowTold(state=NOT_YOURS)) for place in range(len(asked.rows))), at=instant)


async def _children(
    tx: Connection, means: Means, caller: Caller, organisation: str, asked: AskCoverage, *, now: datetime
) -> dict[UUID, Known | None]:
    """Each child once, with the entry of the reading, or of the try."""
    children: dict[UUID, Known | None] = {}
    for child_ref in dict.fromkeys(row.child_ref for row in asked.rows):
        child = await see_child(tx, means.vault, caller, organisation, child_ref)
        children[child_ref] = None if child is None else await custody.known(tx, child)
        if child is None:
            await refuse_access(tx, caller, owner=organisation, object_id=child_ref, now=now)
        else:
            await record(
                tx,
                caller,
                "coverage.read",
                organisation=organisation,
                now=now,
                subject=child.subject_id,
                reasons=moment_of(asked.at),
            )
    return children


async def _own(
    tx: Connection, organisation: str, units: list[str] | None, children: dict[UUID, Known | None], asked: AskCoverage
) -> dict[int, tuple[Known, RowKey, Regime]]:
    """The rows that are the organisation's to know of, by their place in the batch."""
    found = {}
    for place, row in enumerate(asked.rows):
        child, unit = children[row.child_ref], await organisations.unit(tx, row.discloser_unit)
        if child is None or unit is None or unit.organisation != organisation or (units is not None and unit.unit not in units):
            continue
        key = RowKey(
            subject_id=child.person.subject_id,
            discloser_unit=row.discloser_unit,
            recipient_unit=row.recipient_unit,
            purpose=row.purpose,
            category=row.category,
            about=row.about,
        )
        found[place] = (child, key, unit.regime)
    return found


def _told(key: RowKey, weighed: Weighed, now: datetime) -> RowTold:
    facts = weighed.record
    covered, state = coverage(key, facts, now), state_of(facts, now)
    governing = facts.governing if covered.state is CoverageState.GIVEN else None
    return RowTold(
        state=covered.state,
        reason=facts.who.reason if isinstance(facts.who, AskHuman) else state,
        missing=covered.missing,
        can_change=changers(facts, state, covered.missing),
        consent_id=None if governing is None else governing.consent_id,
        valid_until=None if governing is None else governing.valid_until,
    )
