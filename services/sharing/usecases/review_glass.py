"""Review each break-glass within a working day: somebody else than whoever did it, from either side, says what they find."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.duties import DUTY_OFFICER, MANAGER, DutyKind
from services.sharing.domain.glass import GlassView, Verdict, view_glass
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.storage import cases, duties, glass, handling, register
from services.sharing.usecases.authorise import grants_now
from services.sharing.usecases.record import deny, hide, record
from shared.auth import Caller
from shared.database import Connection

MOST = 100
REVIEWERS = frozenset({DUTY_OFFICER, MANAGER})


class ReviewGlass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found."""

    verdict: Verdict


class GlassesView(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first, at most 100."""

    glasses: tuple[GlassView, ...]


async def list_glasses(tx: Connection, caller: Caller, *, now: datetime) -> GlassesView | Hidden:
    """What was broken by or for units whose duty officer or manager the caller is; one entry for the list."""
    units = await _units(tx, caller, now=now)
    if caller.organisation is None or not units:
        return await hide(tx, caller, owner=None, now=now)
    found = await glass.of_organisation(tx, caller.organisation, units, limit=MOST, reader=handling.reader(caller))
    await record(tx, caller, "break-glass.listed", now=now)
    return GlassesView(glasses=tuple(view_glass(one) for one in found))


async def review_glass(
    tx: Connection, caller: Caller, glass_id: UUID, request: ReviewGlass, *, now: datetime
) -> GlassView | Denied | Hidden:
    """The first finding stands and ends both sides' duty; each side's log has its entry. Never by whoever did it."""
    broken = await glass.lock(tx, glass_id)
    units = await _units(tx, caller, now=now)
    case = None if broken is None else await cases.find(tx, broken.case_id)
    subject = None if case is None else case.subject_id
    unnamed = subject is not None and subject in await handling.hidden_from(tx, [subject], caller)
    if broken is None or unnamed or not {broken.unit, broken.recipient_unit} & set(units):
        owner = None if broken is None else broken.organisation
        return await hide(tx, caller, owner=owner, now=now, object_id=glass_id)
    action = "break-glass.reviewed"
    if broken.broken_by == caller.principal or broken.verdict is not None:
        code = "already-answered" if broken.verdict is not None else "needs-another-person"
        return await deny(tx, caller, action, code, now=now, case_id=broken.case_id, object_id=glass_id, subject=subject)
    await glass.review(tx, glass_id, by=caller.principal, verdict=request.verdict, now=now)
    await duties.end_about(tx, DutyKind.REVIEW, glass_id, by=caller.principal, now=now)
    for organisation in dict.fromkeys((broken.organisation, broken.recipient_organisation)):
        await record(
            tx,
            caller,
            action,
            now=now,
            organisation=organisation,
            subject=subject,
            unit=broken.unit,
            reasons=(request.verdict,),
            case_id=broken.case_id,
            object_id=glass_id,
        )
    return view_glass(msgspec.structs.replace(broken, reviewed_by=caller.principal, reviewed_at=now, verdict=request.verdict))


async def _units(tx: Connection, caller: Caller, *, now: datetime) -> list[str]:
    held = [grant for grant in await grants_now(tx, caller, now=now) if grant.role in REVIEWERS]
    if caller.organisation is None or not held:
        return []
    return [unit.unit for unit in await register.units_of(tx, caller.organisation) if any(g.covers(unit.unit, None) for g in held)]
