"""Somebody has looked through who may do what in an organisation; and the alarm when nobody does, twice a year."""

from datetime import datetime

import msgspec

from services.sharing.domain.access import REMIND_EVERY, REVIEW_EVERY, FindingKind
from services.sharing.domain.outcomes import Hidden
from services.sharing.storage import access, register
from services.sharing.usecases.administer import may_administer
from services.sharing.usecases.read_register import findings
from services.sharing.usecases.record import hide, record, record_timer
from shared import logs, outbox
from shared.auth import Caller
from shared.contracts.register import ReviewOverdue
from shared.database import Connection

TIMER = "access-review"


class ReviewConfirmed(msgspec.Struct, frozen=True, kw_only=True):
    """What was left to look at then, and by when it is done again."""

    organisation: str
    reviewed_at: datetime
    findings: int
    due_at: datetime


async def confirm_review(tx: Connection, caller: Caller, name: str, *, now: datetime) -> ReviewConfirmed | Hidden:
    """An administrator has seen what the review finds, and answers for what stays as it is."""
    if await register.lock_organisation(tx, name) is None or not await may_administer(tx, caller, name, now=now):
        known = await register.find_organisation(tx, name)
        return await hide(tx, caller, owner=None if known is None else name, now=now)
    left = len(await findings(tx, name, now=now))
    await access.save_review(tx, name, now=now, by=caller.principal, findings=left)
    await record(tx, caller, "access.reviewed", now=now, organisation=name, reasons=(f"findings-{left}",))
    return ReviewConfirmed(organisation=name, reviewed_at=now, findings=left, due_at=now + REVIEW_EVERY)


async def remind_reviews(tx: Connection, *, now: datetime) -> int:
    """Tell every organisation whose access nobody has looked through for half a year, once a month until somebody does."""
    told = 0
    for name, since in await access.unreviewed(tx, now=now, before=now - REVIEW_EVERY, told_before=now - REMIND_EVERY):
        if not await access.mark_review_alarmed(tx, name, now=now, told_before=now - REMIND_EVERY):
            continue  # another replica has
        found = await findings(tx, name, now=now)
        unheld = any(one.kind is FindingKind.NO_ADMINISTRATOR for one in found)
        notice = ReviewOverdue(since=since, due_at=since + REVIEW_EVERY, findings=len(found), unheld=unheld)
        await outbox.notify(tx, name, notice, now=now)
        reasons = ("role-unheld",) if unheld else ()
        await record_timer(
            tx, TIMER, "access-review.overdue", now=now, organisation=name, subject=None, unit=None, reasons=reasons, case_id=None
        )
        logs.line("access-review.overdue", organisation=name)
        told += 1
    return told
