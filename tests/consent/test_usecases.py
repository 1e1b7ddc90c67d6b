"""The verbs of consent on the real database, in a transaction that is rolled back."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from services.consent.domain.consent import Choice
from services.consent.usecases.answer_request import RowAnswer, answer_request
from services.consent.usecases.withdraw_consent import Withdrawn
from shared.contracts.consent import CoverageState, Missing, RowState, SignerStatus
from shared.database import Connection
from shared.errors import NotFound, Refused
from tests.consent.world import MEANS, NOW, ask, covered, family, say, show, withdraw


async def entries(tx: Connection, action: str) -> list[dict[str, object]]:
    rows = await tx.fetch("select body from outbox where name = 'entry' order by position")
    decoded = [msgspec.json.decode(row["body"]) for row in rows]
    return [one for one in decoded if one["action"] == action]


async def test_the_story_of_both_guardians_and_the_child(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)

    before = await covered(consent_tx, event)
    await say(consent_tx, home.mother, event.request_id)
    one = await covered(consent_tx, event)
    await say(consent_tx, home.child, event.request_id)
    await say(consent_tx, home.father, event.request_id)
    given = await covered(consent_tx, event)

    assert before.state is CoverageState.PENDING
    assert before.missing == (
        Missing(role="child", number=1, status=SignerStatus.NO_ANSWER),
        Missing(role="guardian", number=2, status=SignerStatus.NO_ANSWER),
    )
    assert one.missing == (
        Missing(role="child", number=1, status=SignerStatus.NO_ANSWER),
        Missing(role="guardian", number=1, status=SignerStatus.NO_ANSWER),
    )
    assert given.state is CoverageState.GIVEN
    assert given.row is not None
    assert given.row.state is RowState.GIVEN

    withdrawn = await withdraw(consent_tx, home.father, given.row.consent_id)
    after = await covered(consent_tx, event)

    assert isinstance(withdrawn, Withdrawn)
    assert withdrawn.view.state == "being-confirmed"
    assert [stop.consent_id for stop in withdrawn.stops] == [given.row.consent_id]
    assert after.state is CoverageState.WITHDRAWN
    assert after.missing == (Missing(role="guardian", number=1, status=SignerStatus.WITHDRAWN),)
    assert after.row is not None
    assert after.row.withdrawn
    assert after.row.revision > given.row.revision
    assert len(await entries(consent_tx, "consent.withdrawn")) == 1
    assert len(await entries(consent_tx, "consent.answered")) == 3


async def test_an_answer_without_a_served_record_is_refused_and_recorded(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    others = await show(consent_tx, home.father, event.request_id)

    answer = [RowAnswer(row=1, choice=Choice.YES)]
    refused = await answer_request(consent_tx, MEANS, home.mother, event.request_id, others.served_id, answer, now=NOW)

    assert isinstance(refused, Refused)
    assert refused.code == "text-not-shown"
    assert [one["answer"] for one in await entries(consent_tx, "consent.answered")] == ["refused"]


async def test_the_same_answer_again_changes_nothing(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    shown = await show(consent_tx, home.mother, event.request_id)
    answer = [RowAnswer(row=1, choice=Choice.YES)]

    for _ in range(2):
        await answer_request(consent_tx, MEANS, home.mother, event.request_id, shown.served_id, answer, now=NOW)

    assert await consent_tx.fetchval("select count(*) from answer") == 1
    assert len(await entries(consent_tx, "consent.answered")) == 1


async def test_a_no_after_everybodys_yes_stops_the_row_at_once(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)

    answered = await say(consent_tx, home.mother, event.request_id, Choice.NO, now=NOW + timedelta(hours=1))
    after = await covered(consent_tx, event, now=NOW + timedelta(hours=1))

    assert len(answered.stops) == 1
    assert after.state is CoverageState.REFUSED


async def test_giving_anew_after_a_withdrawal_is_a_new_consent_id(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)
    first = await covered(consent_tx, event)
    assert first.row is not None
    later = NOW + timedelta(hours=1)
    await withdraw(consent_tx, home.mother, first.row.consent_id, now=later)

    await say(consent_tx, home.mother, event.request_id, now=later + timedelta(hours=1))
    again = await covered(consent_tx, event, now=later + timedelta(hours=1))

    assert again.state is CoverageState.GIVEN
    assert again.row is not None
    assert again.row.consent_id != first.row.consent_id


async def test_withdrawing_an_old_consent_stops_the_renewal_that_took_its_row_over(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    first = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, first.request_id)
    old = await covered(consent_tx, first)
    later = NOW + timedelta(days=30)
    renewal = await ask(consent_tx, home.subject_id, now=later)
    waiting = await covered(consent_tx, renewal, now=later)
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, renewal.request_id, now=later)
    new = await covered(consent_tx, renewal, now=later)
    assert old.row is not None
    assert new.row is not None

    await withdraw(consent_tx, home.mother, old.row.consent_id, now=later + timedelta(hours=1))
    after = await covered(consent_tx, renewal, now=later + timedelta(hours=1))

    assert waiting.state is CoverageState.GIVEN
    assert new.row.consent_id != old.row.consent_id
    assert new.row.valid_until > old.row.valid_until
    assert after.state is CoverageState.WITHDRAWN


async def test_one_row_can_be_withdrawn_alone(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, categories=("pupil-health", "plan"))
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, event.request_id)
    given = await covered(consent_tx, event)
    assert given.row is not None

    await withdraw(consent_tx, home.child, given.row.consent_id, 1)

    assert (await covered(consent_tx, event, place=0)).state is CoverageState.WITHDRAWN
    assert (await covered(consent_tx, event, place=1)).state is CoverageState.GIVEN


@pytest.mark.parametrize("unknown", [True, False])
async def test_unknown_and_not_yours_get_the_same_answer_and_both_are_recorded(consent_tx: Connection, *, unknown: bool) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    request_id = UUID(int=1) if unknown else event.request_id

    answer = [RowAnswer(row=1, choice=Choice.YES)]
    refused = await answer_request(consent_tx, MEANS, home.stranger, request_id, UUID(int=2), answer, now=NOW)

    assert isinstance(refused, NotFound)
    assert (refused.code, refused.detail, refused.faults) == ("not-found", None, ())
    assert [one["organisation"] for one in await entries(consent_tx, "access.refused")] == ["o1op" if unknown else "o5ek"]


async def test_a_no_to_everything_ends_nothing_else(consent_tx: Connection) -> None:
    """Every row is optional: what was given in another question holds, and nobody but who asked hears that an answer came (F06)."""
    home = await family(consent_tx)
    held = await ask(consent_tx, home.subject_id)
    asked = await ask(consent_tx, home.subject_id, categories=("attendance", "development"))
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, held.request_id)
    before = {row["name"] for row in await consent_tx.fetch("select name from outbox")}
    position = await consent_tx.fetchval("select max(position) from outbox")

    refused = [await say(consent_tx, who, asked.request_id, Choice.NO) for who in (home.mother, home.father, home.child)]
    later = await consent_tx.fetch("select name from outbox where position > $1", position)

    assert [one.stops for one in refused] == [(), (), ()]
    assert (await covered(consent_tx, held)).state is CoverageState.GIVEN
    assert {row["name"] for row in later} == {"entry", "request-answered"} <= before
