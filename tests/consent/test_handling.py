"""Protected identity: the register's word moves the key, stops what was given, and reaches sharing through the barrier (I8)."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from services.consent.domain.channel import Contact
from services.consent.domain.consent import Choice
from services.consent.events.questions import answers
from services.consent.storage import organisations
from services.consent.usecases.change_handling import ConfirmHandling
from services.consent.usecases.choose_contact import choose_contact
from services.consent.usecases.list_given_up import GivenUpList, list_given_up
from services.consent.usecases.name_child import Named, name_child
from services.consent.usecases.retire_old import Periods, RetireOld
from shared.contracts.consent import Child, ChildFound, HandlingChanged
from shared.contracts.sharing import HandlingTaken, TakeHandling
from shared.database import Connection, Database
from shared.errors import NotFound, Unavailable
from shared.ids import new_id
from tests.consent.world import CHILD, LOA3, MEANS, NOW, STAFF, ask, family, grant, number, registered, say
from tests.persons import insert

LATER = NOW + timedelta(hours=1)
OPERATOR = msgspec.structs.replace(STAFF, subject="drift", organisation="o1op", acr=LOA3)


class Sharing:
    """Takes every change, once it is there."""

    def __init__(self) -> None:
        self.is_there = False
        self.taken: list[TakeHandling] = []

    def __call__(self, question: Any, /, *, within: float = 2.0) -> Awaitable[Any]:
        del within
        return self._take(question)

    async def _take(self, question: TakeHandling) -> HandlingTaken:
        if not self.is_there:
            raise Unavailable("no-answer")
        self.taken.append(question)
        return HandlingTaken(subject_id=question.subject_id, revision=question.revision, taken_at=LATER)


async def changes(tx: Connection) -> list[HandlingChanged]:
    rows = await tx.fetch("select body from outbox where name = 'handling-changed' order by position")
    return [msgspec.json.decode(row["body"], type=HandlingChanged) for row in rows]


async def test_the_registers_word_stops_what_was_given_and_is_told_without_a_reason(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    for caller in (home.child, home.mother, home.father):
        await say(consent_tx, caller, event.request_id)

    named = await name_child(consent_tx, MEANS, STAFF, CHILD, registered(protected=True), now=LATER)
    again = await name_child(consent_tx, MEANS, STAFF, CHILD, registered(protected=True), now=LATER)
    await name_child(consent_tx, MEANS, STAFF, CHILD, registered(), now=LATER + timedelta(hours=1))  # lifts nothing: two do

    assert isinstance(named, Named)
    assert isinstance(again, Named)
    assert named.view == again.view
    assert len(named.stops) == 1
    (told,) = await changes(consent_tx)
    assert told == HandlingChanged(subject_id=home.subject_id, restricted=True, revision=1, handlers=())


async def test_a_guardians_protection_is_the_childs_too_for_where_it_is_shows_where_they_are(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    found = registered()
    guardian = msgspec.structs.replace(found.guardians[0], protected=True)

    await name_child(consent_tx, MEANS, STAFF, CHILD, msgspec.structs.replace(found, guardians=(guardian, *found.guardians[1:])), now=LATER)

    told = [one.subject_id for one in await changes(consent_tx)]
    assert (len(told), home.subject_id in told) == (2, True)
    assert await consent_tx.fetchval("select count(*) from person where protected") == 2


async def test_sharing_is_asked_until_it_has_taken_it(consent_db: Database) -> None:
    async with consent_db.transaction() as tx:
        home = await family(tx)
        await name_child(tx, MEANS, STAFF, CHILD, registered(protected=True), now=LATER)
    sharing = Sharing()
    loop = ConfirmHandling(consent_db, sharing)

    assert await loop.run_once(LATER) == 0
    sharing.is_there = True
    assert await loop.run_once(LATER) == 1
    assert await loop.run_once(LATER) == 0

    assert sharing.taken == [TakeHandling(subject_id=home.subject_id, restricted=True, revision=1, handlers=())]
    found = await answers(MEANS)[Child](consent_db, Child(organisation="o5ek", child_ref=home.child_ref), now=LATER)
    assert isinstance(found, ChildFound)
    assert (found.restricted, found.handling_revision) == (True, 1)


async def test_notices_and_closed_tasks_go_when_their_period_is_over(consent_db: Database) -> None:
    periods = Periods(notices=timedelta(days=730), tasks=timedelta(days=30))
    loop = RetireOld(consent_db, MEANS, periods)
    async with consent_db.transaction() as tx:
        await tx.execute("delete from task")
        home = await family(tx, child=CHILD)
        event = await ask(tx, home.subject_id)
        await tx.execute(
            "insert into notice (notice_id, person_id, kind, request_id, step, noted_at) select $1, person_id, 'asked', $2, 'x', $3"
            " from person where subject_id = $4",
            new_id(NOW), event.request_id, NOW, home.subject_id,
        )  # fmt: skip
        for kind, closed_at in (("conflict", NOW), ("ask-human", None)):
            await tx.execute(
                "insert into task (task_id, kind, request_id, opened_at, closed_at) values ($1, $2, $3, $4, $5)",
                new_id(NOW), kind, event.request_id, NOW, closed_at,
            )  # fmt: skip

    assert await loop.run_once(NOW + timedelta(days=30)) == 0
    assert await loop.run_once(NOW + timedelta(days=30, seconds=1)) == 1
    assert await loop.run_once(NOW + timedelta(days=731)) == 1
    assert await loop.run_once(NOW + timedelta(days=731)) == 0

    async with consent_db.connection() as connection:
        assert [row["kind"] for row in await connection.fetch("select kind from task")] == ["ask-human"]


async def test_a_question_that_nothing_came_of_goes_with_its_answers_and_a_given_one_stays(consent_db: Database) -> None:
    loop = RetireOld(consent_db, MEANS, Periods(notices=timedelta(days=9999), tasks=timedelta(days=9999), requests=timedelta(days=730)))
    async with consent_db.transaction() as tx:
        home = await family(tx, child=number("20130720", 984))
        refused, given = await ask(tx, home.subject_id, categories=("plan",)), await ask(tx, home.subject_id)
        await say(tx, home.mother, refused.request_id, Choice.NO)
        for caller in (home.child, home.mother, home.father):
            await say(tx, caller, given.request_id)
        await insert(tx, "disclosure", **disclosed(home.subject_id))

    async def left(day: datetime) -> set[object]:
        while await loop.run_once(day):
            pass
        async with consent_db.connection() as connection:
            rows = await connection.fetch(
                "select request_id from request where request_id = any($1)", [refused.request_id, given.request_id]
            )
            told = await connection.fetchval("select count(*) from disclosure where subject_id = $1", home.subject_id)
            return {row["request_id"] for row in rows} | ({"told"} if told else set())

    end = NOW + timedelta(days=180)
    assert await left(end + timedelta(days=729)) == {refused.request_id, given.request_id, "told"}
    assert await left(end + timedelta(days=732)) == {given.request_id, "told"}
    assert await left(NOW + timedelta(days=3651)) == {given.request_id}


async def test_the_operator_sees_what_could_not_be_sent_and_to_whom_it_does_not(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await organisations.save_grant(consent_tx, grant(OPERATOR.principal, organisation="o1op"))
    event = await ask(consent_tx, home.subject_id)
    await choose_contact(consent_tx, MEANS, home.mother, Contact(email="a@b.example"), now=NOW)
    told = {"person_id": UUID(home.mother.person_id), "kind": "x", "request_id": event.request_id, "step": "", "noted_at": NOW}
    await insert(consent_tx, "notice", notice_id=new_id(NOW), **told)
    await consent_tx.execute(
        "insert into push (push_id, notice_id, person_id, tries, due_at, dead_at, failure)"
        " select notice_id, notice_id, person_id, 8, noted_at, noted_at, 'refused' from notice"
    )

    seen = await list_given_up(consent_tx, MEANS, OPERATOR, now=NOW)
    other = await list_given_up(consent_tx, MEANS, STAFF, now=NOW)

    assert isinstance(seen, GivenUpList)
    assert (seen.total, [(one.tries, one.reason, one.given_up_at) for one in seen.given_up]) == (1, [(8, "refused", NOW)])
    assert str(home.mother.person_id) not in msgspec.json.encode(seen).decode()
    assert isinstance(other, NotFound)


def disclosed(subject_id: UUID) -> dict[str, Any]:
    return {
        "disclosure_id": new_id(NOW), "case_id": new_id(NOW), "subject_id": subject_id, "organisation": "o5ek", "discloser_unit": "o5ek-u1",
        "recipient_unit": "o2rg-u2", "purpose": "P_SUPPORT", "categories": [], "basis": [], "tell": [], "disclosed_at": NOW, "held": False,
        "noted_at": NOW,
    }  # fmt: skip
