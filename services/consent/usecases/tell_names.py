"""Names of a child and of those whose answers are missing, to the discloser's own staff in one case, for one page."""

from datetime import datetime
from uuid import UUID

from services.consent.domain.consent import words_of
from services.consent.domain.coverage import signer_status
from services.consent.domain.custody import Known, Person
from services.consent.storage import custody, holders, organisations, people, requests
from services.consent.usecases.entries import record
from services.consent.usecases.means import Means
from services.consent.usecases.weigh_row import weigh_row
from shared.auth import Caller, Kind
from shared.contracts.consent import NamedSigner, Names, NamesFound
from shared.database import Connection
from shared.law.disposers import AskHuman

ACTION = "names.read"


async def tell_names(tx: Connection, means: Means, question: Names, *, now: datetime) -> NamesFound:
    """The person as sharing vouches for them, against our own copy of the grant; nothing for a child the organisation has not named.

    Somebody with protected identity is never named here, nor is a child: named-user access is another way (I8). An entry either way.
    """
    caller = Caller(
        kind=Kind.PERSON,
        issuer=question.issuer,
        subject=question.subject,
        client_id="sharing",
        organisation=question.organisation,
        acr=question.acr,
    )
    child = await _child(tx, means, caller, question, now=now)
    await record(
        tx,
        caller,
        ACTION,
        organisation=question.organisation,
        now=now,
        subject=question.subject_id if child is not None else None,
        answer="refused" if child is None else "done",
        reasons=("not-found",) if child is None else (),
        object_id=question.case_id,
    )
    if child is None:
        return NamesFound()
    name = await people.name_of(tx, means.vault, child.person_id)
    return NamesFound(allowed=True, child=name, missing=await _missing(tx, means, child, question, now=now))


async def _child(tx: Connection, means: Means, caller: Caller, question: Names, *, now: datetime) -> Person | None:
    unit = await organisations.unit(tx, question.unit)
    child = await people.get_subject(tx, means.vault, question.subject_id)
    if unit is None or unit.organisation != question.organisation or child is None or child.protected:
        return None
    granted = await organisations.has_grant_at(tx, caller.principal, question.organisation, question.unit, now=now)
    return child if granted and await holders.has_named(tx, question.organisation, child.person_id) else None


async def _missing(tx: Connection, means: Means, child: Person, question: Names, *, now: datetime) -> tuple[NamedSigner, ...]:
    known = await custody.known(tx, child)
    found: dict[UUID, NamedSigner] = {}
    for request_id in await holders.requests_of_case(tx, question.case_id, child.person_id, question.organisation, question.unit):
        await _of_request(tx, means, known, request_id, found, now=now)
    return tuple(found.values())


async def _of_request(
    tx: Connection, means: Means, child: Known, request_id: UUID, found: dict[UUID, NamedSigner], *, now: datetime
) -> None:
    request = await requests.get(tx, request_id)
    if request is None:
        return
    for row in await requests.rows(tx, request_id):
        facts = (await weigh_row(tx, means.vault, child, row.key, request.regime, now=now)).record
        if isinstance(facts.who, AskHuman):
            continue
        words = words_of(facts)
        for one in facts.who.needed:
            status = signer_status(one.person_id, words, asked=True)
            person = await people.get(tx, means.vault, one.person_id)
            if status is not None and one.person_id not in found and person is not None:
                name = None if person.protected else await people.name_of(tx, means.vault, one.person_id)
                found[one.person_id] = NamedSigner(role=one.role, name=name, status=status)
