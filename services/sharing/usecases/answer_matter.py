"""Confirm or answer what another unit asks; a code, never a content."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.duties import DutyKind
from services.sharing.domain.matters import KINDS, TOO_OFTEN, Matter, MatterAnswer
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import Grant
from services.sharing.domain.tables import Tables
from services.sharing.storage import cases, duties, handling, matters, register
from services.sharing.usecases.authorise import grants_now, may_act
from services.sharing.usecases.list_cases import LAST, PAGE
from services.sharing.usecases.owe_duty import owe_duty
from services.sharing.usecases.record import deny, hide, record
from shared import outbox
from shared.auth import Caller
from shared.contracts.sharing import MatterAnswered
from shared.database import Connection
from shared.errors import Fault, Invalid


class AnswerMatter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer; without one it is confirmed that the matter has arrived."""

    matter_id: UUID
    answer: MatterAnswer | None = None


class MattersView(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. `before`: ask for the next page with it; null when this was the last."""

    matters: tuple[Matter, ...]
    before: UUID | None


async def answer_matter(
    tx: Connection, caller: Caller, request: AnswerMatter, *, tables: Tables, now: datetime
) -> Matter | Denied | Hidden:
    """The matter as it stands then, with entry and notice to whoever asked. The same answer again changes nothing.

    Sent back as often as TOO_OFTEN, it goes to both managers at once. Raises Invalid for an answer that the kind has not.
    """
    matter = await matters.lock(tx, request.matter_id)
    owner = None if matter is None else matter.to_organisation
    case = None if matter is None or matter.case_id is None else await cases.find(tx, matter.case_id)
    held = await grants_now(tx, caller, now=now)
    if matter is None or owner != caller.organisation or not _may(matter, held, None if case is None else case.model, tables):
        return await hide(tx, caller, owner=owner, now=now, object_id=request.matter_id)
    if case is not None and await handling.hidden_from(tx, [case.subject_id], caller):
        return await hide(tx, caller, owner=owner, now=now, object_id=request.matter_id)
    if request.answer is not None and request.answer not in KINDS[matter.kind].answers:
        raise Invalid("request-invalid", faults=[Fault("#/answer", f"no answer to a {matter.kind}")])
    repeated = request.answer == matter.answer and (request.answer is not None or matter.received_at is not None)
    if repeated or (request.answer is None and matter.answer is not None):
        return matter
    subject = None if case is None else case.subject_id
    if matter.answer is not None:
        return await deny(
            tx,
            caller,
            f"{matter.kind}.answered",
            "already-answered",
            now=now,
            case_id=matter.case_id,
            object_id=matter.matter_id,
            unit=matter.to_unit,
            subject=subject,
        )
    said = "received" if request.answer is None else request.answer
    if request.answer is None:
        await matters.receive(tx, matter.matter_id, now=now)
    else:
        await _answer(tx, caller, matter, request.answer, now=now)
    await outbox.notify(tx, matter.from_organisation, MatterAnswered(matter_id=matter.matter_id, answer=said, at=now), now=now)
    await record(
        tx,
        caller,
        f"{matter.kind}.answered",
        now=now,
        subject=subject,
        unit=matter.to_unit,
        reasons=(said,),
        categories=matter.categories,
        case_id=matter.case_id,
        object_id=matter.matter_id,
    )
    answered_at = None if request.answer is None else now
    return msgspec.structs.replace(matter, received_at=matter.received_at or now, answer=request.answer, answered_at=answered_at)


async def list_matters(tx: Connection, caller: Caller, *, before: UUID | None, now: datetime) -> MattersView | Hidden:
    """What the caller's units have sent and got, with one entry for the page."""
    held = await grants_now(tx, caller, now=now)
    if caller.organisation is None or not held:
        return await hide(tx, caller, owner=None, now=now)
    units = [unit.unit for unit in await register.units_of(tx, caller.organisation) if any(g.unit in {None, unit.unit} for g in held)]
    found = await matters.of_units(tx, units, before=before or LAST, limit=PAGE, reader=handling.reader(caller))
    await record(tx, caller, "matters.listed", now=now)
    return MattersView(matters=tuple(found), before=found[-1].matter_id if len(found) == PAGE else None)


def _may(matter: Matter, held: list[Grant], model: str | None, tables: Tables) -> bool:
    return may_act(held, matter.to_unit, tables.models.get(model or KINDS[matter.kind].model or ""))


async def _answer(tx: Connection, caller: Caller, matter: Matter, said: MatterAnswer, *, now: datetime) -> None:
    await matters.answer(tx, matter.matter_id, said, by=caller.principal, now=now)
    await duties.end_about(tx, DutyKind(KINDS[matter.kind].duty), matter.matter_id, by=caller.principal, now=now)
    if said is not MatterAnswer.RETURNED or matter.case_id is None:
        return
    if await matters.times_returned(tx, matter.case_id, matter.from_unit, matter.to_unit) >= TOO_OFTEN:
        for organisation, unit in ((matter.from_organisation, matter.from_unit), (matter.to_organisation, matter.to_unit)):
            await owe_duty(
                tx,
                DutyKind.STUCK,
                organisation=organisation,
                unit=unit,
                case_id=matter.case_id,
                object_id=matter.matter_id,
                due_at=now,
                now=now,
            )
