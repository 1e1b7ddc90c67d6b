"""Who is reminded when, what a human must see to, and what happens when a consent runs out or a child comes of age."""

import asyncio
import itertools
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.consent.domain.consent import Choice
from services.consent.domain.periods import reaches
from services.consent.domain.reminders import Plan, Plans, TaskKind, awaited, due, tasks_of
from services.consent.storage import notices, people, requests
from services.consent.storage.texts import load_plans
from services.consent.usecases.learn_custody import learn_custody
from services.consent.usecases.list_notices import list_notices
from services.consent.usecases.list_requests import list_requests
from services.consent.usecases.list_tasks import TaskList, list_tasks
from services.consent.usecases.remind_unanswered import RemindUnanswered, remind_unanswered
from services.consent.usecases.watch_expiry import WatchExpiry, note_end, warn_before
from shared.auth import Caller
from shared.contracts.consent import CoverageState, SignerStatus
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection, Database
from shared.law.disposers import AskHuman, AskReason, Custody
from tests.consent.test_at_once import Sharing, until_waiting
from tests.consent.test_domain import ALVA, BOTH_YES, DAD, MUM, record, word
from tests.consent.test_domain import NOW as DOMAIN_NOW
from tests.consent.test_usecases import entries
from tests.consent.world import (
    FATHER,
    MEANS,
    MOTHER,
    NOW,
    STAFF,
    SYSTEM,
    Family,
    ask,
    covered,
    family,
    number,
    registered,
    say,
    withdraw,
)

PLANS = Plans(default=Plan(before_answer_by=(7, 2), before_expiry=(30, 7)))
DAYS = tuple(NOW + timedelta(days=day) for day in range(16))
_SERIAL = itertools.count(1)


@pytest.mark.parametrize(
    ("days_left", "expected"),
    [(8, None), (7, 7), (6.9, 7), (2.1, 7), (2, 2), (0.1, 2), (0, None), (-1, None)],
)
def test_a_step_is_due_from_its_day_until_the_next_and_never_after_the_end(days_left: float, expected: int | None) -> None:
    assert due((7, 2), NOW + timedelta(days=days_left), NOW) == expected


@pytest.mark.parametrize("choice", [Choice.YES, Choice.NO, Choice.TALK])
def test_nobody_who_has_said_anything_is_awaited_and_the_other_still_is(choice: Choice) -> None:
    assert awaited(record(word(DAD, choice))) == [MUM]


def test_who_is_only_heard_is_not_awaited_nor_anybody_when_a_human_must_be_asked() -> None:
    assert ALVA not in awaited(record())
    assert awaited(record(who=AskHuman(reason=AskReason.PROTECTED))) == []


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (record(), set()),
        (record(*BOTH_YES), set()),
        (record(answer_by=DOMAIN_NOW), {TaskKind.NOT_REACHED}),
        (record(word(DAD, Choice.TALK)), {TaskKind.WANTS_TO_TALK}),
        (record(BOTH_YES[0], word(DAD, Choice.NO)), {TaskKind.CONFLICT}),
        (record(word(DAD, Choice.NO), answer_by=DOMAIN_NOW), set()),
        *((record(who=AskHuman(reason=reason)), {TaskKind.ASK_HUMAN}) for reason in AskReason),
    ],
)
def test_what_a_human_must_see_to_follows_from_the_state(facts: object, expected: set[TaskKind]) -> None:
    assert tasks_of([facts], DOMAIN_NOW) == expected  # type: ignore[list-item]


def test_the_plans_as_shipped_can_be_read_and_look_ahead() -> None:
    plans = load_plans()
    assert plans.of("no-such-model") == plans.default
    assert plans.longest_before_expiry >= timedelta(days=7)


async def remind(tx: Connection, event: ConsentWanted, now: datetime) -> int:
    request = await requests.get(tx, event.request_id)
    assert request is not None
    return await remind_unanswered(tx, MEANS, PLANS, request, now=now)


async def kinds(tx: Connection, who: Caller, now: datetime) -> list[str]:
    return [one.kind for one in (await list_notices(tx, MEANS, who, now=now)).notices]


async def tasks(tx: Connection, now: datetime) -> list[str]:
    found = await list_tasks(tx, MEANS, STAFF, now=now)
    assert isinstance(found, TaskList)
    return [one.kind for one in found.tasks]


async def given(tx: Connection, home: Family, event: ConsentWanted, *, now: datetime = NOW) -> UUID:
    for who in (home.mother, home.father, home.child):
        await say(tx, who, event.request_id, now=now)
    row = (await covered(tx, event, now=now)).row
    assert row is not None
    return row.consent_id


async def test_each_is_reminded_once_for_each_step_until_they_answer(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)

    sent = [await remind(consent_tx, event, day) for day in DAYS[:14] for _ in range(2)]

    assert sum(sent) == 4  # the father and the child, seven and two days before
    assert await kinds(consent_tx, home.mother, NOW) == []
    assert await kinds(consent_tx, home.father, NOW) == ["reminder", "reminder"]
    assert len(await entries(consent_tx, "family.reminded")) == 2


async def test_a_no_is_left_in_peace_and_the_other_is_reminded_as_before(consent_tx: Connection) -> None:
    """Were the other's reminder to stop too, they could tell from it."""
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.father, event.request_id, Choice.NO)

    for day in DAYS[:14]:
        await remind(consent_tx, event, day)

    assert await kinds(consent_tx, home.father, NOW) == []
    assert await kinds(consent_tx, home.mother, NOW) == ["reminder", "reminder"]


async def test_a_round_that_a_later_one_has_replaced_reminds_nobody(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await ask(consent_tx, home.subject_id, now=NOW + timedelta(hours=1))

    assert await remind(consent_tx, event, DAYS[8]) == 0


async def test_after_the_last_day_to_answer_the_unit_has_a_task_until_somebody_answers(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)

    await remind(consent_tx, event, DAYS[13])
    before = await tasks(consent_tx, DAYS[13])
    await remind(consent_tx, event, DAYS[15])
    late = await tasks(consent_tx, DAYS[15])
    for who in (home.father, home.child):
        await say(consent_tx, who, event.request_id, now=DAYS[15])
    await remind(consent_tx, event, DAYS[15])

    assert before == []
    assert late == ["not-reached"]
    assert await tasks(consent_tx, DAYS[15]) == []
    assert [one["reasons"] for one in await entries(consent_tx, "tasks.changed")] == [["not-reached.opened"], ["not-reached.closed"]]


async def test_one_yes_and_one_no_is_a_task_for_the_unit(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)
    await say(consent_tx, home.father, event.request_id, Choice.NO)

    await remind(consent_tx, event, NOW)

    assert await tasks(consent_tx, NOW) == ["conflict"]


@pytest.mark.parametrize("protected", [True, False])
async def test_protected_identity_and_an_unknown_guardian_are_the_same_task(consent_tx: Connection, *, protected: bool) -> None:
    guardians = None if protected else ()
    home = await family(consent_tx, found=registered(guardians=guardians, protected=protected))
    event = await ask(consent_tx, home.subject_id)

    for day in DAYS:
        await remind(consent_tx, event, day)

    if protected:
        assert await tasks(consent_tx, DAYS[15]) == []  # nobody is named yet
        await consent_tx.execute("update person set handlers = $1 where protected", [f"o5ek {STAFF.principal}", f"o5ek {SYSTEM.principal}"])
    assert await tasks(consent_tx, DAYS[15]) == ["ask-human"]
    assert await consent_tx.fetchval("select count(*) from notice") == 0


async def test_a_protected_childs_task_takes_no_others_place_in_the_list(consent_tx: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    other = number("20130901", 980)
    hidden = await family(consent_tx, child=other, found=registered(other, protected=True))
    await remind(consent_tx, await ask(consent_tx, hidden.subject_id), DAYS[0])
    seen = await family(consent_tx)
    await remind(consent_tx, await ask(consent_tx, seen.subject_id), DAYS[15])
    monkeypatch.setattr(notices, "NEWEST", 1)

    found = await list_tasks(consent_tx, MEANS, STAFF, now=DAYS[15])

    assert isinstance(found, TaskList)
    assert await consent_tx.fetchval("select count(*) from task where closed_at is null") == 2
    assert [one.child_ref for one in found.tasks] == [seen.child_ref]


async def test_another_organisation_sees_no_task(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await remind(consent_tx, event, DAYS[15])

    found = await list_tasks(consent_tx, MEANS, SYSTEM, now=NOW)
    other = SYSTEM.__class__(kind=SYSTEM.kind, issuer=SYSTEM.issuer, subject="x", client_id="x", organisation="o2rg")
    none = await list_tasks(consent_tx, MEANS, other, now=NOW)

    assert isinstance(found, TaskList)
    assert isinstance(none, TaskList)
    assert [one.child_ref for one in found.tasks] == [home.child_ref]
    assert none.tasks == ()


async def test_a_family_is_told_before_its_consent_runs_out_and_when_it_has(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    row = (await covered(consent_tx, event)).row
    assert row is not None
    end = row.valid_until

    for left in (31, 30, 29, 8, 7, 1):
        await warn_before(consent_tx, MEANS, PLANS, consent_id, now=end - timedelta(days=left))
    soon = await kinds(consent_tx, home.father, NOW)
    for _ in range(2):
        assert await note_end(consent_tx, MEANS, consent_id, now=end) == ()

    assert soon == ["expires-soon", "expires-soon"]
    assert await kinds(consent_tx, home.father, NOW) == ["expired", "expires-soon", "expires-soon"]


async def test_nobody_is_told_that_what_has_been_withdrawn_runs_out(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    await withdraw(consent_tx, home.mother, consent_id)

    assert await warn_before(consent_tx, MEANS, PLANS, consent_id, now=NOW + timedelta(days=175)) == 0
    assert await note_end(consent_tx, MEANS, consent_id, now=NOW + timedelta(days=200)) == ()
    assert await kinds(consent_tx, home.mother, NOW) == []


async def grown_up(database: Database) -> tuple[Family, ConsentWanted, UUID, datetime]:
    """A child that is 18 in a month, whose guardians and who itself have given a consent for half a year."""
    child = number(f"200812{next(_SERIAL):02}", 980)
    async with database.transaction() as tx:
        home = await family(tx, child=child, found=registered(child))
        event = await ask(tx, home.subject_id)
        consent_id = await given(tx, home, event)
        person = await people.get_subject(tx, MEANS.vault, home.subject_id)
        assert person is not None
    return home, event, consent_id, reaches(person.birth_date, 18)


async def test_at_18_what_the_guardians_gave_is_stopped_through_the_barrier_and_the_young_adult_is_asked(consent_db: Database) -> None:
    home, event, consent_id, birthday = await grown_up(consent_db)
    loop = WatchExpiry(consent_db, Sharing().ask, MEANS, PLANS)  # type: ignore[arg-type]

    async with consent_db.transaction() as tx:
        second_before = (await covered(tx, event, now=birthday - timedelta(seconds=1))).state
        at_midnight = (await covered(tx, event, now=birthday)).state
    await loop.run_once(birthday + timedelta(minutes=1))
    now = birthday + timedelta(minutes=2)

    async with consent_db.transaction() as tx:
        after = await covered(tx, event, now=now)
        own = (await list_requests(tx, MEANS, home.child, now=now)).requests
        mothers = [one.request_id for one in (await list_requests(tx, MEANS, home.mother, now=now)).requests]
        confirmed = await tx.fetchval("select stopped_at from barrier where consent_id = $1", consent_id)
        told = await kinds(tx, home.child, now)
    assert (second_before, at_midnight) == (CoverageState.GIVEN, CoverageState.EXPIRED)
    assert after.row is not None
    assert after.row.withdrawn
    assert after.state is CoverageState.PENDING
    assert [(one.role, one.number, one.status) for one in after.missing] == [("child", 1, SignerStatus.NO_ANSWER)]
    assert confirmed is not None
    assert len(own) == 2
    assert own[0].request_id != event.request_id
    assert own[0].request_id not in mothers
    assert "came-of-age" in told

    await loop.run_once(now)
    async with consent_db.transaction() as tx:
        assert len((await list_requests(tx, MEANS, home.child, now=now)).requests) == 2
        await say(tx, home.child, own[0].request_id, now=now)
        assert (await covered(tx, event, now=now)).state is CoverageState.GIVEN


async def test_two_replicas_ask_the_young_adult_once(consent_db: Database) -> None:
    home, _, _, birthday = await grown_up(consent_db)
    now = birthday + timedelta(minutes=1)
    loops = [WatchExpiry(consent_db, Sharing().ask, MEANS, PLANS) for _ in range(2)]  # type: ignore[arg-type]

    await asyncio.gather(*(loop.run_once(now) for loop in loops))

    async with consent_db.transaction() as tx:
        assert len((await list_requests(tx, MEANS, home.child, now=now)).requests) == 2


async def test_a_reminder_waits_for_an_answer_under_way_and_then_says_nothing(consent_db: Database) -> None:
    child = number(f"201307{next(_SERIAL):02}", 980)
    async with consent_db.transaction() as tx:
        home = await family(tx, child=child, found=registered(child, guardians=((FATHER, Custody.SOLE),)))
        event = await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",))
    loop = RemindUnanswered(consent_db, MEANS, PLANS)

    async with consent_db.transaction() as tx:
        await say(tx, home.father, event.request_id)
        other = asyncio.create_task(loop.run_once(DAYS[8]))
        await until_waiting(consent_db, other)  # type: ignore[arg-type]
    await other

    async with consent_db.transaction() as tx:
        told = await tx.fetchval("select count(*) from notice where request_id = $1", event.request_id)
    assert told == 0


async def test_the_walk_reaches_every_unsettled_question_and_starts_anew(consent_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.consent.usecases.remind_unanswered.AT_ONCE", 2)
    events = []
    async with consent_db.transaction() as tx:
        for _ in range(5):
            child = number(f"201308{next(_SERIAL):02}", 980)
            home = await family(tx, child=child, found=registered(child, guardians=((MOTHER, Custody.SOLE),)))
            events.append(await ask(tx, home.subject_id, unit="o5ek-u1", categories=("plan",)))
    loop = RemindUnanswered(consent_db, MEANS, PLANS)

    while await loop.run_once(DAYS[8]):
        pass

    async with consent_db.transaction() as tx:
        told = await tx.fetch("select request_id from notice where request_id = any($1::uuid[])", [one.request_id for one in events])
    assert {row["request_id"] for row in told} == {one.request_id for one in events}


async def test_a_guardian_who_comes_in_later_is_awaited_and_reminded(consent_tx: Connection) -> None:
    home = await family(consent_tx, found=registered(guardians=((MOTHER, Custody.SOLE),)))
    event = await ask(consent_tx, home.subject_id)
    child = await people.get_subject(consent_tx, MEANS.vault, home.subject_id)
    assert child is not None
    await learn_custody(consent_tx, MEANS.vault, child, registered(), now=DAYS[7])

    await remind(consent_tx, event, DAYS[8])

    assert await kinds(consent_tx, home.father, DAYS[8]) == ["reminder"]
