"""Two at the same moment, on real PostgreSQL: one consistent result, both told the truth."""

import asyncio
import itertools
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader

from services.consent.domain.consent import Choice
from services.consent.storage import people
from services.consent.usecases.answer_request import Answered, RowAnswer, answer_request
from services.consent.usecases.changes_since import changes_since
from services.consent.usecases.confirm_stop import ConfirmStops, confirm_stop
from services.consent.usecases.learn_custody import learn_custody
from services.consent.usecases.withdraw_consent import Withdrawn
from shared import telemetry
from shared.auth import Caller
from shared.contracts.consent import ChangesSince, CoverageState, GoverningRow, RowsChanged
from shared.contracts.message import Question
from shared.contracts.sharing import ConsentWanted, Stop, StopAnswer
from shared.database import Database
from shared.errors import Unavailable
from shared.law.disposers import Custody
from tests.consent.world import FATHER, MEANS, MOTHER, NOW, Family, ask, covered, family, number, registered, say, show, withdraw
from tests.eventually import eventually

_DAY = itertools.count(1)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def home(consent_db: Database) -> Family:
    async with consent_db.transaction() as tx:
        return await family(tx, child=number(f"201306{next(_DAY):02}", 980))


async def opened(database: Database, home: Family, category: str = "pupil-health") -> ConsentWanted:
    async with database.transaction() as tx:
        return await ask(tx, home.subject_id, categories=(category,))


async def answer(database: Database, caller: Caller, event: ConsentWanted, choice: Choice = Choice.YES) -> Answered:
    async with database.transaction() as tx:
        shown = await show(tx, caller, event.request_id)
    async with database.transaction() as tx:
        answered = await answer_request(tx, MEANS, caller, event.request_id, shown.served_id, [RowAnswer(row=1, choice=choice)], now=LATER)
    assert isinstance(answered, Answered)
    return answered


async def feed(database: Database) -> list[GoverningRow]:
    async with database.transaction() as tx:
        return list((await changes_since(tx, ChangesSince(epoch=0, since=0))).rows)


class Sharing:
    """What sharing says to a stop; can be away, or answer for something else."""

    def __init__(self, *, away: bool = False, revision: int | None = None, after: timedelta = timedelta(0)) -> None:
        self.away = away
        self.after = after
        self.revision = revision

    async def ask(self, question: Question[StopAnswer], /, *, within: float = 2.0) -> StopAnswer:
        assert within == 2.0
        assert isinstance(question, Stop)
        if self.away:
            raise Unavailable
        revision = question.revision if self.revision is None else self.revision
        return StopAnswer(consent_id=question.consent_id, revision=revision, stopped_at=LATER + self.after)


async def given(database: Database, home: Family, event: ConsentWanted) -> UUID:
    for who in (home.mother, home.father, home.child):
        await answer(database, who, event)
    async with database.transaction() as tx:
        row = (await covered(tx, event, now=LATER)).row
    assert row is not None
    return row.consent_id


async def test_all_three_answering_at_once_give_one_consent(consent_db: Database, home: Family) -> None:
    event = await opened(consent_db, home)

    answered = await asyncio.gather(*(answer(consent_db, who, event) for who in (home.mother, home.father, home.child)))

    assert sum(one.view.complete for one in answered) >= 1
    async with consent_db.transaction() as tx:
        assert (await covered(tx, event, now=LATER)).state is CoverageState.GIVEN
        assert await tx.fetchval("select count(*) from consent where request_id = $1", event.request_id) == 1


async def test_a_yes_and_a_no_at_once_are_never_given(consent_db: Database, home: Family) -> None:
    event = await opened(consent_db, home)
    await answer(consent_db, home.child, event)

    await asyncio.gather(answer(consent_db, home.mother, event), answer(consent_db, home.father, event, Choice.NO))

    async with consent_db.transaction() as tx:
        assert (await covered(tx, event, now=LATER)).state is CoverageState.REFUSED


async def test_a_withdrawal_against_the_last_answer_of_a_renewal_ends_stopped(consent_db: Database, home: Family) -> None:
    for _ in range(10):
        event = await opened(consent_db, home)
        consent_id = await given(consent_db, home, event)
        async with consent_db.transaction() as tx:
            renewal = await ask(tx, home.subject_id, now=LATER)
        for who in (home.mother, home.father):
            await answer(consent_db, who, renewal)

        async def withdrawal(consent_id: UUID = consent_id) -> None:
            async with consent_db.transaction() as tx:
                assert isinstance(await withdraw(tx, home.mother, consent_id, now=LATER), Withdrawn)

        await asyncio.gather(answer(consent_db, home.child, renewal), withdrawal())

        async with consent_db.transaction() as tx:
            after = await covered(tx, renewal, now=LATER)
        assert after.state is CoverageState.WITHDRAWN
        assert after.row is not None
        assert after.row.withdrawn


async def until_waiting(database: Database, other: "asyncio.Task[Answered]") -> None:
    """Until the other transaction waits for our lock; ends at once when it did not."""

    async def waits() -> bool:
        async with database.connection() as connection:
            waiting = await connection.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
        return other.done() or waiting > 0

    await eventually(waits)


async def test_the_last_answer_waits_for_one_under_way_and_sees_it(consent_db: Database, home: Family) -> None:
    event = await opened(consent_db, home)
    await answer(consent_db, home.child, event)

    async with consent_db.transaction() as tx:
        await say(tx, home.mother, event.request_id, now=LATER)
        other = asyncio.create_task(answer(consent_db, home.father, event))
        await until_waiting(consent_db, other)

    assert (await other).view.complete


async def test_a_renewal_that_becomes_complete_during_a_withdrawal_gives_nothing(consent_db: Database, home: Family) -> None:
    event = await opened(consent_db, home)
    consent_id = await given(consent_db, home, event)
    async with consent_db.transaction() as tx:
        renewal = await ask(tx, home.subject_id, now=LATER)
    for who in (home.mother, home.father):
        await answer(consent_db, who, renewal)

    async with consent_db.transaction() as tx:
        assert isinstance(await withdraw(tx, home.mother, consent_id, now=LATER), Withdrawn)
        other = asyncio.create_task(answer(consent_db, home.child, renewal))
        await until_waiting(consent_db, other)
    await other

    async with consent_db.transaction() as tx:
        after = await covered(tx, renewal, now=LATER)
    assert after.state is CoverageState.WITHDRAWN
    assert after.row is not None
    assert after.row.withdrawn


async def test_both_guardians_withdrawing_at_once_are_both_told_the_truth(consent_db: Database, home: Family) -> None:
    event = await opened(consent_db, home)
    consent_id = await given(consent_db, home, event)

    async def withdrawal(caller: Caller) -> bool:
        async with consent_db.transaction() as tx:
            outcome = await withdraw(tx, caller, consent_id, now=LATER)
        assert isinstance(outcome, Withdrawn)
        assert outcome.view.state == "being-confirmed"
        return bool(outcome.stops)

    stopped = await asyncio.gather(withdrawal(home.mother), withdrawal(home.father))

    assert all(stopped)
    async with consent_db.transaction() as tx:
        assert await tx.fetchval("select count(*) from stop where consent_id = $1", consent_id) == 2
        assert await tx.fetchval("select count(*) from barrier where consent_id = $1", consent_id) == 1


async def test_the_feed_has_no_gap_and_every_event_has_its_place(consent_db: Database, home: Family) -> None:
    events = [await opened(consent_db, home, category) for category in ("pupil-health", "plan", "matter")]
    await asyncio.gather(*(given(consent_db, home, event) for event in events))

    rows = await feed(consent_db)
    async with consent_db.transaction() as tx:
        told = await tx.fetch("select body from outbox where name = 'rows-changed' order by position")

    assert [row.revision for row in rows] == list(range(1, len(rows) + 1))
    decoded = [msgspec.json.decode(row["body"], type=RowsChanged) for row in told]
    assert sorted(row.revision for one in decoded for row in one.rows) == [row.revision for row in rows]


async def test_the_loop_confirms_what_the_handler_could_not(consent_db: Database, home: Family) -> None:
    consent_id = await given(consent_db, home, await opened(consent_db, home))
    sharing = Sharing(away=True)
    async with consent_db.transaction() as tx:
        outcome = await withdraw(tx, home.mother, consent_id, now=LATER)
    assert isinstance(outcome, Withdrawn)

    at_once = await confirm_stop(consent_db, sharing.ask, MEANS, outcome.stops, now=LATER)  # type: ignore[arg-type]
    loop = ConfirmStops(consent_db, sharing.ask, MEANS)  # type: ignore[arg-type]
    while_away = await loop.run_once(LATER)
    sharing.away = False
    afterwards = await loop.run_once(LATER)

    assert not at_once
    assert while_away == 0
    assert afterwards >= 1
    assert await loop.run_once(LATER) == 0
    async with consent_db.transaction() as tx:
        again = await withdraw(tx, home.mother, consent_id, now=LATER)
        bodies = await tx.fetch("select body from outbox where name = 'stopped'")
    assert isinstance(again, Withdrawn)
    assert again.view.state == "stopped"
    assert [msgspec.json.decode(row["body"])["consent_id"] for row in bodies].count(str(consent_id)) == 1


async def test_the_time_to_a_stop_is_measured_once_with_the_time_that_sharing_was_away(
    consent_db: Database, home: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = InMemoryMetricReader()
    meter = MeterProvider(metric_readers=[reader]).get_meter("test")
    monkeypatch.setattr(telemetry, "stop_duration", meter.create_histogram("stop", explicit_bucket_boundaries_advisory=(60.0, 600.0)))
    consent_id = await given(consent_db, home, await opened(consent_db, home))
    async with consent_db.transaction() as tx:
        outcome = await withdraw(tx, home.mother, consent_id, now=LATER)
    assert isinstance(outcome, Withdrawn)

    for sharing in (Sharing(away=True), Sharing(after=timedelta(seconds=90)), Sharing(after=timedelta(seconds=95))):
        await confirm_stop(consent_db, sharing.ask, MEANS, outcome.stops, now=LATER)  # type: ignore[arg-type]

    measured = reader.get_metrics_data()
    assert measured is not None
    (point,) = measured.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points
    assert isinstance(point, HistogramDataPoint)
    assert (point.count, point.sum, list(point.bucket_counts)) == (1, 90.0, [0, 1, 0])
    assert not point.attributes  # nothing of whom it was about


async def test_the_word_for_an_earlier_revision_confirms_nothing(consent_db: Database, home: Family) -> None:
    consent_id = await given(consent_db, home, await opened(consent_db, home))
    async with consent_db.transaction() as tx:
        outcome = await withdraw(tx, home.mother, consent_id, now=LATER)
    assert isinstance(outcome, Withdrawn)

    assert not await confirm_stop(consent_db, Sharing(revision=0).ask, MEANS, outcome.stops, now=LATER)  # type: ignore[arg-type]


async def test_a_change_of_custody_stops_what_the_new_guardian_has_not_agreed_to(consent_db: Database) -> None:
    child = number("20130701", 980)
    sole = registered(child, guardians=((MOTHER, Custody.SOLE),))
    async with consent_db.transaction() as tx:
        home = await family(tx, child=child, found=sole)
        event = await ask(tx, home.subject_id)
        for who in (home.mother, home.child):
            await say(tx, who, event.request_id)
        before = await covered(tx, event)

    async with consent_db.transaction() as tx:
        person = await people.get_subject(tx, MEANS.vault, home.subject_id)
        assert person is not None
        joint = registered(child, guardians=((MOTHER, Custody.JOINT), (FATHER, Custody.JOINT)))
        stops = await learn_custody(tx, MEANS.vault, person, joint, now=LATER)
        after = await covered(tx, event, now=LATER)
    async with consent_db.transaction() as tx:
        await say(tx, home.father, event.request_id, now=LATER)
        again = await covered(tx, event, now=LATER)

    assert before.state is CoverageState.GIVEN
    assert len(stops) == 1
    assert after.state is CoverageState.PENDING
    assert again.state is CoverageState.GIVEN
    assert before.row is not None
    assert again.row is not None
    assert again.row.consent_id != before.row.consent_id


async def test_without_the_child_s_lock_the_last_two_answers_miss_each_other(
    consent_db: Database, home: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lock(_tx: object, _person_id: UUID) -> None:
        """Taken out."""

    monkeypatch.setattr(people, "lock", lock)
    event = await opened(consent_db, home)
    await answer(consent_db, home.child, event)

    async with consent_db.transaction() as tx:
        await say(tx, home.mother, event.request_id, now=LATER)
        other = asyncio.create_task(answer(consent_db, home.father, event))
        await until_waiting(consent_db, other)

    assert not any(one.holds for one in (await other).view.rows)
    async with consent_db.transaction() as tx:
        assert (await covered(tx, event, now=LATER)).state is not CoverageState.GIVEN, "all have said yes, and it was not seen"
