"""What a holder does to a consent, on the real database: every act in every state, and what the family and sharing see of it."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from services.consent.domain.consent import Choice, State
from services.consent.domain.life import ALLOWED, Act, EndReason, PauseReason, StrikeReason, Witness, after
from services.consent.domain.periods import day_of, end_of
from services.consent.storage import people
from services.consent.usecases.change_consent import ChangedConsent, change_consent
from services.consent.usecases.end_consent import Ended, end_consent
from services.consent.usecases.learn_custody import learn_custody
from services.consent.usecases.list_consents import list_consents
from services.consent.usecases.list_given import GivenList, list_given
from services.consent.usecases.list_notices import list_notices
from services.consent.usecases.pause_consent import Paused, pause_consent, resume_consent
from services.consent.usecases.remember_grant import remember_grant
from services.consent.usecases.strike_consent import Struck, strike_consent
from services.consent.usecases.withdraw_by_telephone import withdraw_by_telephone
from services.consent.usecases.withdraw_consent import Withdrawn
from shared.auth import Caller
from shared.contracts.consent import CoverageState, RowState
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection
from shared.errors import Conflict, Invalid, NotFound, Refused
from shared.law.disposers import Custody
from tests.consent.test_usecases import entries
from tests.consent.world import (
    FATHER,
    ISSUER,
    LOA3,
    MEANS,
    MOTHER,
    NOW,
    STAFF,
    STRANGER,
    SYSTEM,
    Family,
    ask,
    covered,
    family,
    grant,
    registered,
    say,
    withdraw,
)

HEAD = msgspec.structs.replace(STAFF, subject="rektor")
LATER = NOW + timedelta(hours=1)
TODAY = day_of(NOW)


async def given(tx: Connection, home: Family, event: ConsentWanted) -> UUID:
    for who in (home.mother, home.father, home.child):
        await say(tx, who, event.request_id)
    row = (await covered(tx, event)).row
    assert row is not None
    return row.consent_id


async def state(tx: Connection, home: Family, now: datetime = LATER) -> State:
    found = await list_given(tx, MEANS, STAFF, home.child_ref, now=now)
    assert isinstance(found, GivenList)
    return found.requests[0].rows[0].state


async def perform(tx: Connection, act: Act, consent_id: UUID, now: datetime) -> object:
    """The act, by staff who may."""
    if act is Act.PAUSE:
        return await pause_consent(tx, MEANS, STAFF, consent_id, None, PauseReason.SAFEGUARDING, day_of(now), now=now)
    if act is Act.RESUME:
        return await resume_consent(tx, MEANS, STAFF, consent_id, None, now=now)
    if act is Act.CHANGE:
        return await change_consent(tx, MEANS, STAFF, consent_id, None, day_of(now), now=now)
    if act is Act.END:
        return await end_consent(tx, MEANS, STAFF, consent_id, None, EndReason.CASE_CLOSED, now=now)
    if act is Act.STRIKE_OUT:
        await strike_consent(tx, MEANS, STAFF, consent_id, None, StrikeReason.WRONG_CHILD, now=now)
        return await strike_consent(tx, MEANS, HEAD, consent_id, None, StrikeReason.WRONG_CHILD, now=now)
    return await strike_consent(tx, MEANS, STAFF, consent_id, None, StrikeReason.WRONG_CHILD, now=now)


SAID = {
    State.CONFLICT: (("mother",), Choice.NO),
    State.REFUSED: (("mother", "father", "child"), Choice.NO),
    State.DEFERRED: (("mother", "father", "child"), Choice.TALK),
}
DONE = {State.PAUSED: Act.PAUSE, State.ENDED: Act.END, State.STRUCK_OUT: Act.STRIKE_OUT, State.PENDING: Act.END, State.NOT_REACHED: Act.END}


async def bring_to(tx: Connection, home: Family, event: ConsentWanted, consent_id: UUID, wanted: State) -> datetime:
    """Lead a given row into a state; returns the instant at which it is there."""
    later = LATER + timedelta(minutes=1)
    whose, choice = SAID.get(wanted, ((), Choice.NO))
    for who in whose:
        await say(tx, getattr(home, who), event.request_id, choice, now=LATER)
    if wanted in DONE:
        await perform(tx, DONE[wanted], consent_id, LATER)
    if wanted is State.WITHDRAWN:
        await withdraw(tx, home.mother, consent_id, now=LATER)
    if wanted in {State.PENDING, State.NOT_REACHED}:
        await ask(tx, home.subject_id, now=later)
    days = {State.EXPIRED: 200, State.NOT_REACHED: 20}
    return later + timedelta(days=days.get(wanted, 0), minutes=1)


REACHED = sorted(set(State) - {State.NOT_ASKED})


@pytest.mark.parametrize("act", list(Act))
@pytest.mark.parametrize("before", REACHED)
async def test_every_act_in_every_state_does_what_the_table_says(consent_tx: Connection, before: State, act: Act) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    now = await bring_to(consent_tx, home, event, consent_id, before)
    assert await state(consent_tx, home, now) is before

    outcome = await perform(consent_tx, act, consent_id, now)

    expected = after(act, before)
    if expected is None:
        assert isinstance(outcome, Conflict)
        assert outcome.code == "consent-state"
        assert outcome.detail == f"The state is {before}."
        assert [one["reasons"] for one in await entries(consent_tx, f"consent.{'strike-out' if act is Act.QUESTION else act}")][-1] == [
            "consent-state"
        ]
    else:
        assert isinstance(outcome, Paused | Ended | Struck | ChangedConsent), outcome
    assert await state(consent_tx, home, now) is (before if expected is None else expected)


def test_the_table_names_every_act_and_changes_nothing_that_was_never_given() -> None:
    assert set(ALLOWED) == set(Act)
    assert all(after(act, State.NOT_ASKED) is None for act in Act)
    assert all(after(act, State.STRUCK_OUT) is None for act in Act)


async def test_a_pause_denies_until_its_last_day_is_over_and_then_ends_by_itself(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    last_day = TODAY + timedelta(days=10)

    paused = await pause_consent(consent_tx, MEANS, SYSTEM, consent_id, None, PauseReason.CUSTODY_DISPUTE, last_day, now=LATER)

    assert isinstance(paused, Paused)
    assert paused.view.state == "being-confirmed"
    assert [row.valid_from for stop in paused.stops for row in stop.rows] == [end_of(last_day)]
    moments = {LATER: False, end_of(last_day) - timedelta(seconds=1): False, end_of(last_day): True}
    for at, expected in moments.items():
        answer = await covered(consent_tx, event, now=at)
        assert (answer.state is CoverageState.GIVEN) is expected
        assert answer.row is not None
        assert (answer.row.valid_from <= at < answer.row.valid_until) is expected, "sharing knows only the row"
        assert not answer.row.withdrawn


async def test_giving_anew_does_not_lift_a_pause(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    await pause_consent(consent_tx, MEANS, STAFF, consent_id, None, PauseReason.SAFEGUARDING, TODAY + timedelta(days=5), now=LATER)
    renewal = await ask(consent_tx, home.subject_id, now=LATER)

    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, renewal.request_id, now=LATER + timedelta(minutes=1))

    answer = await covered(consent_tx, renewal, now=LATER + timedelta(minutes=2))
    assert answer.state is CoverageState.PAUSED
    assert answer.row is not None
    assert answer.row.consent_id != consent_id
    assert answer.row.valid_from == end_of(TODAY + timedelta(days=5))


async def test_a_pause_can_be_lifted_and_the_row_holds_again_from_then(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    await perform(consent_tx, Act.PAUSE, consent_id, LATER)
    paused = await covered(consent_tx, event, now=LATER)

    resumed = await resume_consent(consent_tx, MEANS, STAFF, consent_id, None, now=LATER + timedelta(minutes=5))

    assert isinstance(resumed, Paused)
    answer = await covered(consent_tx, event, now=LATER + timedelta(minutes=5))
    assert answer.state is CoverageState.GIVEN
    assert answer.row is not None
    assert paused.row is not None
    assert answer.row.revision > paused.row.revision
    assert answer.row.consent_id == consent_id


async def test_a_pause_in_the_past_is_pointed_at(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    consent_id = await given(consent_tx, home, await ask(consent_tx, home.subject_id))

    with pytest.raises(Invalid) as raised:
        await pause_consent(consent_tx, MEANS, STAFF, consent_id, None, PauseReason.SAFEGUARDING, TODAY - timedelta(days=1), now=LATER)

    assert [fault.pointer for fault in raised.value.faults] == ["#/last_day"]


async def test_striking_out_takes_two_persons_and_pauses_at_the_first_word(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)

    first = await strike_consent(consent_tx, MEANS, STAFF, consent_id, None, StrikeReason.NOT_GIVEN, now=LATER)
    meanwhile = await covered(consent_tx, event, now=LATER)
    again = await strike_consent(consent_tx, MEANS, STAFF, consent_id, None, StrikeReason.NOT_GIVEN, now=LATER)
    second = await strike_consent(consent_tx, MEANS, HEAD, consent_id, None, StrikeReason.NOT_GIVEN, now=LATER + timedelta(minutes=1))

    assert isinstance(first, Struck)
    assert isinstance(again, Struck)
    assert isinstance(second, Struck)
    assert [one.view.state for one in (first, again, second)] == ["second-person-needed", "second-person-needed", "being-confirmed"]
    assert meanwhile.state is CoverageState.PAUSED
    row = (await covered(consent_tx, event, now=LATER + timedelta(minutes=1))).row
    assert row is not None
    assert row.withdrawn
    assert [one["action"] for one in await entries(consent_tx, "consent.strike-out")] == ["consent.strike-out"]
    mothers = await list_consents(consent_tx, MEANS, home.mother, now=LATER + timedelta(days=1))
    assert [one.valid_until for one in mothers.consents[0].rows] == [LATER + timedelta(minutes=1)]


async def test_what_was_struck_out_can_be_read_as_that(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    await perform(consent_tx, Act.STRIKE_OUT, consent_id, LATER)
    await consent_tx.execute("update barrier set stopped_at = $1", LATER)

    listed = await list_consents(consent_tx, MEANS, home.father, now=LATER)

    assert [(one.state, one.valid_until) for one in listed.consents[0].rows] == [("struck-out", LATER)]
    assert (await covered(consent_tx, event, now=LATER)).state is CoverageState.STRUCK_OUT


@pytest.mark.parametrize("act", [Act.END, Act.STRIKE_OUT])
async def test_after_the_holder_has_ended_it_one_yes_does_not_revive_the_others(consent_tx: Connection, act: Act) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)
    await perform(consent_tx, act, consent_id, LATER)

    states = []
    for minute, who in enumerate((home.mother, home.father, home.child), start=1):
        at = LATER + timedelta(minutes=minute)
        await say(consent_tx, who, event.request_id, now=at)
        states.append((await covered(consent_tx, event, now=at)).state)

    assert states == [CoverageState.PENDING, CoverageState.PENDING, CoverageState.GIVEN]


async def test_one_row_is_ended_and_the_other_holds(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id, categories=("pupil-health", "plan"))
    consent_id = await given(consent_tx, home, event)

    ended = await end_consent(consent_tx, MEANS, STAFF, consent_id, 2, EndReason.NOT_NEEDED, now=LATER)

    assert isinstance(ended, Ended)
    assert ended.view.rows == (2,)
    assert [(await covered(consent_tx, event, place=place, now=LATER)).state for place in (0, 1)] == [
        CoverageState.GIVEN,
        CoverageState.PENDING,
    ]


async def test_what_a_renewal_has_taken_over_is_not_the_old_consents_to_end(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    old = await given(consent_tx, home, await ask(consent_tx, home.subject_id))
    renewal = await ask(consent_tx, home.subject_id, now=LATER)
    for who in (home.mother, home.father, home.child):
        await say(consent_tx, who, renewal.request_id, now=LATER)

    outcome = await end_consent(consent_tx, MEANS, STAFF, old, None, EndReason.CASE_CLOSED, now=LATER)

    assert isinstance(outcome, Conflict)
    assert outcome.detail == "The state is replaced."
    assert (await covered(consent_tx, renewal, now=LATER)).state is CoverageState.GIVEN


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (msgspec.structs.replace(STAFF, subject="nobody"), Refused),
        (msgspec.structs.replace(STAFF, organisation="o2rg"), Refused),
        (msgspec.structs.replace(SYSTEM, organisation="o2rg"), NotFound),
    ],
)
@pytest.mark.parametrize("act", ["pause", "resume", "end", "strike", "telephone"])
async def test_only_the_discloser_does_anything_to_a_consent(
    consent_tx: Connection, act: str, caller: Caller, expected: type[Exception]
) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)

    outcome: object
    if act == "pause":
        outcome = await pause_consent(consent_tx, MEANS, caller, consent_id, None, PauseReason.SAFEGUARDING, TODAY, now=LATER)
    elif act == "resume":
        outcome = await resume_consent(consent_tx, MEANS, caller, consent_id, None, now=LATER)
    elif act == "end":
        outcome = await end_consent(consent_tx, MEANS, caller, consent_id, None, EndReason.CASE_CLOSED, now=LATER)
    elif act == "strike":
        outcome = await strike_consent(consent_tx, MEANS, caller, consent_id, None, StrikeReason.TWICE, now=LATER)
    else:
        outcome = await withdraw_by_telephone(consent_tx, MEANS, caller, consent_id, MOTHER, Witness.KNOWN, None, now=LATER)

    assert isinstance(outcome, expected)
    assert (await covered(consent_tx, event, now=LATER)).state is CoverageState.GIVEN


async def test_a_grant_for_another_unit_is_not_enough(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    consent_id = await given(consent_tx, home, await ask(consent_tx, home.subject_id))
    narrow = msgspec.structs.replace(grant(f"{ISSUER} lärare"), unit="o5ek-u1")
    await remember_grant(consent_tx, narrow, now=NOW)
    teacher = msgspec.structs.replace(STAFF, subject="lärare", acr=LOA3)

    outcome = await end_consent(consent_tx, MEANS, teacher, consent_id, None, EndReason.CASE_CLOSED, now=LATER)

    assert isinstance(outcome, Refused)
    assert outcome.code == "no-grant"
    found = await list_given(consent_tx, MEANS, teacher, home.child_ref, now=LATER)
    assert isinstance(found, GivenList)
    assert found.requests == ()


async def test_a_withdrawal_by_telephone_stops_at_once_and_is_confirmed_to_the_caller_alone(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)

    outcome = await withdraw_by_telephone(consent_tx, MEANS, STAFF, consent_id, FATHER, Witness.CALLED_BACK, None, now=LATER)
    again = await withdraw_by_telephone(consent_tx, MEANS, STAFF, consent_id, FATHER, Witness.CALLED_BACK, None, now=LATER)

    assert isinstance(outcome, Withdrawn)
    assert isinstance(again, Withdrawn)
    after_call = await covered(consent_tx, event, now=LATER)
    assert after_call.state is CoverageState.WITHDRAWN
    assert after_call.row is not None
    assert after_call.row.state is RowState.STOPPED
    inboxes = [(await list_notices(consent_tx, MEANS, who, now=LATER)).notices for who in (home.father, home.mother, home.child)]
    assert [[one.kind for one in inbox] for inbox in inboxes] == [["withdrawn-by-telephone"], [], []]
    made = await entries(consent_tx, "consent.withdrawn")
    assert [one["reasons"] for one in made] == [["by-telephone", "called-back"]]
    assert [one["person"]["actor"] for one in made] == [STAFF.principal]  # type: ignore[index]


@pytest.mark.parametrize("number", [STRANGER, "201305179806"])
async def test_a_call_from_somebody_who_may_not_withdraw_changes_nothing(consent_tx: Connection, number: str) -> None:
    home = await family(consent_tx)
    event = await ask(consent_tx, home.subject_id)
    consent_id = await given(consent_tx, home, event)

    if number == STRANGER:
        outcome = await withdraw_by_telephone(consent_tx, MEANS, STAFF, consent_id, number, Witness.QUESTIONS, None, now=LATER)
        assert isinstance(outcome, NotFound)
    else:
        with pytest.raises(Invalid):
            await withdraw_by_telephone(consent_tx, MEANS, STAFF, consent_id, number, Witness.QUESTIONS, None, now=LATER)

    assert (await covered(consent_tx, event, now=LATER)).state is CoverageState.GIVEN


async def test_the_family_is_told_of_what_the_holder_did_and_a_former_guardian_is_not(consent_tx: Connection) -> None:
    home = await family(consent_tx)
    consent_id = await given(consent_tx, home, await ask(consent_tx, home.subject_id))
    await perform(consent_tx, Act.PAUSE, consent_id, LATER)
    await perform(consent_tx, Act.END, consent_id, LATER + timedelta(minutes=1))
    now = LATER + timedelta(minutes=2)
    before = (await list_notices(consent_tx, MEANS, home.father, now=now)).notices

    child = await people.get_subject(consent_tx, MEANS.vault, home.subject_id)
    assert child is not None
    alone = registered(home.number, guardians=((MOTHER, Custody.SOLE),))
    await learn_custody(consent_tx, MEANS.vault, child, alone, now=now)

    assert [one.kind for one in before] == ["ended", "paused"]
    assert (await list_notices(consent_tx, MEANS, home.father, now=now)).notices == ()
    assert len((await list_notices(consent_tx, MEANS, home.mother, now=now)).notices) == 2
