"""What held at a past moment, as it was known then and as it is known today, for who may ask today."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.consent.domain.consent import Choice, State
from services.consent.domain.life import PauseReason, StrikeReason
from services.consent.domain.periods import day_of
from services.consent.http.views import OfChild
from services.consent.storage import people
from services.consent.usecases.ask_coverage import AskCoverage, CoverageTold, RowTold, ask_coverage
from services.consent.usecases.learn_custody import learn_custody
from services.consent.usecases.list_given import GivenList, list_given
from services.consent.usecases.pause_consent import pause_consent, resume_consent
from services.consent.usecases.record_answer import RecordedOutcome, record_answer
from services.consent.usecases.strike_consent import strike_consent
from shared.database import Connection
from shared.errors import Invalid
from shared.ids import opaque_id
from shared.law.disposers import Custody
from tests.consent.test_life import HEAD, given
from tests.consent.test_recordings import paper
from tests.consent.test_systems import row
from tests.consent.test_usecases import entries
from tests.consent.world import FATHER, MEANS, MOTHER, NOW, STAFF, SYSTEM, Family, ask, covered, family, registered, say, withdraw

HOUR = timedelta(hours=1)
TODAY = NOW + 100 * HOUR
"""When is looked back, in these tests."""


async def then(tx: Connection, home: Family, hours: float, *, now_hours: float = 100) -> RowTold:
    asked = AskCoverage(rows=(row(home),), at=NOW + hours * HOUR)
    told = await ask_coverage(tx, MEANS, SYSTEM, asked, now=NOW + now_hours * HOUR)
    assert isinstance(told, CoverageTold)
    assert told.at == asked.at
    return told.rows[0]


async def test_each_past_moment_reads_as_it_was_told_then(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, now=NOW + HOUR)
    told = {0.5: State.NOT_ASKED}
    told[1.5] = State(str((await now(consent_tx, home, 1.5)).reason))
    for place, who in enumerate((home.mother, home.father, home.child), start=2):
        await say(consent_tx, who, event.request_id, now=NOW + place * HOUR)
        told[place + 0.5] = State(str((await now(consent_tx, home, place + 0.5)).reason))
    consent = (await covered(consent_tx, event, now=NOW + 5 * HOUR)).row
    assert consent is not None
    await pause_consent(consent_tx, MEANS, STAFF, consent.consent_id, None, PauseReason.SAFEGUARDING, day_of(TODAY), now=NOW + 5 * HOUR)
    told[5.5] = State(str((await now(consent_tx, home, 5.5)).reason))
    await resume_consent(consent_tx, MEANS, STAFF, consent.consent_id, None, now=NOW + 6 * HOUR)
    told[6.5] = State(str((await now(consent_tx, home, 6.5)).reason))
    await withdraw(consent_tx, home.father, consent.consent_id, now=NOW + 7 * HOUR)
    told[7.5] = State(str((await now(consent_tx, home, 7.5)).reason))
    await say(consent_tx, home.father, event.request_id, now=NOW + 8 * HOUR)
    told[8.5] = State(str((await now(consent_tx, home, 8.5)).reason))

    found = {hours: (await then(consent_tx, home, hours)).reason for hours in told}

    assert found == told
    assert list(told.values()) == ["not-asked", "pending", "pending", "pending", "granted", "paused", "granted", "withdrawn", "granted"]
    before, after = await then(consent_tx, home, 4.5), await then(consent_tx, home, 8.5)
    assert (before.state, before.consent_id, before.can_change, before.as_known_now) == ("given", consent.consent_id, (), None)
    assert after.consent_id not in {None, consent.consent_id}


async def now(tx: Connection, home: Family, hours: float) -> RowTold:
    told = await ask_coverage(tx, MEANS, SYSTEM, AskCoverage(rows=(row(home),)), now=NOW + hours * HOUR)
    assert isinstance(told, CoverageTold)
    return told.rows[0]


async def test_a_paper_that_came_late_shows_as_known_today_and_not_as_known_then(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await say(consent_tx, home.mother, event.request_id)
    said_at = NOW + HOUR
    made = paper(event, FATHER, Choice.NO, answered_at=said_at)
    assert isinstance(await record_answer(consent_tx, MEANS, STAFF, made, now=NOW + 10 * HOUR), RecordedOutcome)

    moment = await then(consent_tx, home, 5)
    later = await then(consent_tx, home, 11)

    assert (moment.state, moment.reason, moment.as_known_now) == ("pending", "pending", State.CONFLICT)
    assert (later.reason, later.as_known_now) == ("conflict", None)


async def test_what_is_struck_out_was_given_as_known_then_and_never_as_known_today(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    for who in (STAFF, HEAD):
        await strike_consent(consent_tx, MEANS, who, consent_id, None, StrikeReason.WRONG_CHILD, now=NOW + 10 * HOUR)

    moment = await then(consent_tx, home, 5)

    assert (moment.reason, moment.as_known_now) == ("granted", State.STRUCK_OUT)


async def test_custody_is_that_of_the_moment(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    for who in (home.mother, home.child):
        await say(consent_tx, who, event.request_id)
    child = await people.get_subject(consent_tx, MEANS.vault, home.subject_id)
    assert child is not None
    joint = (await now(consent_tx, home, 5)).missing
    sole = registered(guardians=((MOTHER, Custody.SOLE),))
    await learn_custody(consent_tx, MEANS.vault, child, sole, now=NOW + 10 * HOUR)
    alone = (await now(consent_tx, home, 11)).missing

    assert [(await then(consent_tx, home, hours)).missing for hours in (5, 11)] == [joint, alone]
    assert joint != alone


async def test_the_list_reads_as_of_a_moment_too(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    await withdraw(consent_tx, home.mother, consent_id, now=NOW + 10 * HOUR)
    await ask(consent_tx, home.subject_id, now=NOW + 20 * HOUR, categories=("attendance",))

    async def at(hours: float) -> GivenList:
        found = await list_given(consent_tx, MEANS, STAFF, home.child_ref, now=TODAY, at=NOW + hours * HOUR)
        assert isinstance(found, GivenList)
        return found

    assert [[one.state for one in asked.rows] for asked in (await at(5)).requests] == [["granted"]]
    assert [[one.state for one in asked.rows] for asked in (await at(15)).requests] == [["withdrawn"]]
    assert len((await at(25)).requests) == 2
    assert (await at(-1)).requests == ()


async def test_the_entry_says_that_and_to_when_somebody_looked_back(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    await then(consent_tx, home, 5)
    await list_given(consent_tx, MEANS, STAFF, home.child_ref, now=TODAY, at=NOW)

    found = [*await entries(consent_tx, "coverage.read"), *await entries(consent_tx, "consents.read")]

    assert [one["reasons"] for one in found] == [["as-of", "2026-11-24T17:00:00+00:00"], ["as-of", "2026-11-24T12:00:00+00:00"]]


async def test_what_lies_ahead_is_never_told(consent_tx: Connection) -> None:
    home = await family(consent_tx)

    with pytest.raises(Invalid) as ahead:
        await then(consent_tx, home, 5, now_hours=4)
    with pytest.raises(Invalid):
        await list_given(consent_tx, MEANS, STAFF, home.child_ref, now=NOW, at=TODAY)

    assert [one.pointer for one in ahead.value.faults] == ["#/at"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+12:00", "0001-01-01T00:00:00Z", "1999-12-31T23:00:00Z"])
async def test_what_was_before_anything_here_is_never_told(consent_tx: Connection, at: str) -> None:
    home = await family(consent_tx)

    with pytest.raises(Invalid) as long_ago:
        await list_given(consent_tx, MEANS, STAFF, home.child_ref, now=NOW, at=msgspec.convert(at, datetime))

    assert [one.pointer for one in long_ago.value.faults] == ["#/at"]


async def test_who_may_not_ask_now_may_not_ask_about_then(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    await given(consent_tx, home, event)
    other = msgspec.structs.replace(SYSTEM, organisation="o2rg")

    told = await ask_coverage(consent_tx, MEANS, other, AskCoverage(rows=(row(home),), at=NOW), now=TODAY)

    assert isinstance(told, CoverageTold)
    assert told.rows == (RowTold(state="not-yours"),)


@pytest.mark.parametrize("at", ["2026-11-24T12:00:00", "yesterday", 3])
def test_a_moment_has_a_time_zone(at: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"child_ref": str(opaque_id()), "at": at}, OfChild)
