"""A named handler attests that one decision about somebody with protected identity may be released; two different ones lift X1 for it."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.sharing.domain.cases import Case, Decision
from services.sharing.domain.outcomes import Denied, Hidden
from services.sharing.domain.register import SYSTEM_ROLE
from services.sharing.domain.release import LASTS, PAIRS, AttestationView, ReleaseAttestation, may_be_released, named_by
from services.sharing.domain.tables import Tables
from services.sharing.storage import grants, handling, releases
from services.sharing.usecases.authorise import may_act
from services.sharing.usecases.find_case import Opened, find_decision
from services.sharing.usecases.record import deny, record
from shared.auth import Caller
from shared.database import Connection
from shared.errors import Fault, Invalid
from shared.ids import new_id

ACTION = "release.attested"


class AttestRelease(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the handler says: nothing of it shows where the person is. Only a yes is an attestation."""

    shows_no_whereabouts: bool


async def attest_release(
    tx: Connection, caller: Caller, decision_id: UUID, request: AttestRelease, *, tables: Tables, now: datetime
) -> AttestationView | Denied | Hidden:
    """This handler's word for a day, with its entry; again within the day it is the same word. The person's handling is held meanwhile.

    Hidden for whoever is not a handler, as the case itself is. Denied where no handlers are named, and where nothing of the decision
    may ever be released so. Raises Invalid for anything but a yes.
    """
    if not request.shows_no_whereabouts:
        raise Invalid("request-invalid", faults=[Fault("#/shows_no_whereabouts", "must be true: otherwise it is not released")])
    found = await find_decision(tx, caller, decision_id, tables=tables, now=now)
    if isinstance(found, Hidden):
        return found
    opened, decision, items = found
    own = await handling.lock(tx, opened.case.subject_id)
    goes = [item for item in items if item.declined_at is None and may_be_released(opened.case.purpose, item)]
    if own.handlers is None or handling.reader(caller) not in own.handlers or not goes:
        return await _deny(tx, caller, opened, decision, now=now)
    said = named_by(await releases.living(tx, decision_id, now=now), own.handlers)
    given = said.get(handling.reader(caller))
    if given is None:
        given = ReleaseAttestation(
            attestation_id=new_id(now),
            decision_id=decision_id,
            organisation=caller.organisation or opened.case.organisation,
            attested_by=caller.principal,
            attested_at=now,
            until_at=now + LASTS,
        )
        await releases.save(tx, given)
        await record(
            tx,
            caller,
            ACTION,
            now=now,
            subject=opened.case.subject_id,
            unit=goes[0].discloser_unit,
            answer="yes",
            purpose=opened.case.purpose,
            categories=tuple(dict.fromkeys(item.category for item in goes)),
            model=opened.case.model,
            case_id=opened.case.case_id,
            object_id=decision_id,
        )
    units = {item.discloser_unit for item in goes}
    complete = all([await two_attest(tx, tables, opened.case, decision_id, unit, own.handlers, now=now) for unit in sorted(units)])
    return AttestationView(
        attestation_id=given.attestation_id,
        decision_id=decision_id,
        attested_at=given.attested_at,
        until_at=given.until_at,
        complete=complete,
    )


async def two_attest(
    tx: Connection,
    tables: Tables,
    case: Case,
    decision_id: UUID,
    unit: str,
    handlers: tuple[str, ...],
    *,
    now: datetime,
    lock: bool = False,
) -> bool:
    """Whether two different ones of these handlers stand behind the decision now, each with a grant for the unit that tells.

    `lock`: their grants stay so until the commit.
    """
    model, found = tables.models.get(case.model), set()
    for handler, said in named_by(await releases.living(tx, decision_id, now=now), handlers).items():
        held = await grants.of_principal(tx, said.attested_by, said.organisation, lock=lock)
        if may_act([grant for grant in held if grant.holds(now) and grant.role != SYSTEM_ROLE], unit, model):
            found.add(handler)
    return len(found) >= PAIRS


async def _deny(tx: Connection, caller: Caller, opened: Opened, decision: Decision, *, now: datetime) -> Denied:
    return await deny(
        tx,
        caller,
        ACTION,
        "nothing-to-attest",
        now=now,
        case_id=decision.case_id,
        object_id=decision.decision_id,
        subject=opened.case.subject_id,
    )
