"""Random lives of one row on the real database, judged by a model that knows nothing of how it is done."""

from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.consent.domain.consent import TRANSITIONS, Choice, State, state_of
from services.consent.domain.life import EndReason, PauseReason, StrikeReason, Witness
from services.consent.domain.periods import day_of, end_of
from services.consent.domain.wording import Language, Rendering
from services.consent.storage import consents, custody, people, requests
from services.consent.storage.texts import load_plans
from services.consent.usecases.answer_request import Answered, RowAnswer, answer_request
from services.consent.usecases.change_consent import ChangedConsent, change_consent
from services.consent.usecases.end_consent import Ended, end_consent
from services.consent.usecases.learn_custody import learn_custody
from services.consent.usecases.pause_consent import Paused, pause_consent, resume_consent
from services.consent.usecases.remember_grant import remember_grant
from services.consent.usecases.show_request import RequestShown, show_request
from services.consent.usecases.strike_consent import Struck, strike_consent
from services.consent.usecases.watch_expiry import note_end, warn_before
from services.consent.usecases.weigh_row import weigh_row
from services.consent.usecases.withdraw_by_telephone import withdraw_by_telephone
from services.consent.usecases.withdraw_consent import Withdrawn
from shared.contracts.consent import CoverageState, GoverningRow, RowCoverage, RowState
from shared.contracts.sharing import ConsentWanted
from shared.database import Connection, Database
from shared.law.codes import Regime
from shared.law.disposers import Custody, age_on
from tests.consent.world import (
    FATHER,
    MEANS,
    MOTHER,
    NOW,
    STAFF,
    STRANGER,
    Family,
    ask,
    covered,
    family,
    grant,
    key_of,
    number,
    registered,
    withdraw,
)

CHILD = number("20130517", 985)
BORN = date(2013, 5, 17)
CUSTODIES = {
    "joint": ((MOTHER, Custody.JOINT), (FATHER, Custody.JOINT)),
    "mother": ((MOTHER, Custody.SOLE),),
    "father": ((FATHER, Custody.SOLE),),
    "nobody": (),
}
GUARDIANS = {"joint": {"mother", "father"}, "mother": {"mother"}, "father": {"father"}, "nobody": set()}
HEAD = msgspec.structs.replace(STAFF, subject="rektor")

PEOPLE = st.sampled_from(["mother", "father", "child", "stranger"])
STEPS = st.one_of(
    st.tuples(st.just("ask")),
    st.just(("everybody",)),
    st.tuples(st.just("say"), PEOPLE, st.sampled_from(["yes", "yes", "yes", "no", "wants-to-talk"])),
    st.tuples(st.just("withdraw"), st.sampled_from(["mother", "father", "child", "stranger"])),
    st.tuples(st.just("custody"), st.sampled_from(sorted(CUSTODIES))),
    st.tuples(st.just("days"), st.integers(1, 250)),
    st.tuples(st.just("pause"), st.integers(0, 40)),
    st.sampled_from([("resume",), ("end",), ("strike",), ("watch",)]),
    st.tuples(st.just("call"), PEOPLE),
    st.tuples(st.just("change"), st.integers(0, 360)),
)


class Life:
    """One row's life in the house, and what the model remembers of it."""

    def __init__(self, tx: Connection, home: Family) -> None:
        self.tx = tx
        self.home = home
        self.now = NOW
        self.rounds: list[ConsentWanted] = []
        self.ends: list[datetime] = []
        self.custody = "joint"
        self.words: dict[str, tuple[Choice, int]] = {}
        self.dead: set[UUID] = set()
        self.revision = 0
        self.state = State.NOT_ASKED
        self.paused_until = NOW

    def required(self) -> set[str]:
        age = age_on(BORN, self.now.date())
        if age >= 18:
            return {"child"}
        guardians = GUARDIANS[self.custody]
        return guardians | {"child"} if guardians and age >= 15 else set(guardians)

    def blocks(self) -> bool:
        """A child of 12 to 14 is heard: anything but yes as its last word closes the path."""
        return "child" not in self.required() and self.words.get("child", (Choice.YES, 0))[0] is not Choice.YES

    async def step(self, step: tuple[object, ...]) -> None:
        self.now += timedelta(minutes=1)
        verb, *rest = step
        if verb == "ask":
            self.rounds.append(await ask(self.tx, self.home.subject_id, now=self.now, unit="o5ek-u1", categories=("plan",)))
            self.ends.append(self.now + timedelta(days=180))
        elif verb == "say":
            await self.say(str(rest[0]), Choice(str(rest[1])))
        elif verb == "everybody":
            for who in ("mother", "father", "child"):
                await self.say(who, Choice.YES)
        elif verb == "withdraw":
            await self.withdraw(str(rest[0]))
        elif verb == "custody":
            await self.move(str(rest[0]))
        elif verb == "days":
            self.now += timedelta(days=int(str(rest[0])))
        else:
            await self.hold(str(verb), rest)

    async def hold(self, verb: str, rest: list[object]) -> None:
        """What the holder does, or the loop at a consent's end; refused where the row's state does not allow it."""
        row = (await self.coverage()).row if self.rounds else None
        if row is None:
            return
        if verb == "call":
            who = str(rest[0])
            numbers = {"mother": MOTHER, "father": FATHER, "child": CHILD, "stranger": STRANGER}
            outcome = await withdraw_by_telephone(self.tx, MEANS, STAFF, row.consent_id, numbers[who], Witness.KNOWN, None, now=self.now)
            if isinstance(outcome, Withdrawn):
                assert who != "stranger"
                self.words[who] = (Choice.WITHDRAWN, len(self.rounds))
        elif verb == "pause":
            last_day = day_of(self.now) + timedelta(days=int(str(rest[0])))
            reason = PauseReason.SAFEGUARDING
            if isinstance(await pause_consent(self.tx, MEANS, STAFF, row.consent_id, None, reason, last_day, now=self.now), Paused):
                self.paused_until = end_of(last_day)
        elif verb == "resume":
            if isinstance(await resume_consent(self.tx, MEANS, STAFF, row.consent_id, None, now=self.now), Paused):
                self.paused_until = self.now
        elif verb == "change":
            await self.change(row.consent_id, day_of(self.now) + timedelta(days=int(str(rest[0]))))
        elif verb == "watch":
            await self.watch(row.consent_id)
        else:
            await self.void(verb, row.consent_id)

    async def void(self, verb: str, consent_id: UUID) -> None:
        """Ended or struck out: no earlier yes counts again."""
        outcome: object
        if verb == "end":
            outcome = await end_consent(self.tx, MEANS, STAFF, consent_id, None, EndReason.CASE_CLOSED, now=self.now)
        else:
            for staff in (STAFF, HEAD):
                outcome = await strike_consent(self.tx, MEANS, staff, consent_id, None, StrikeReason.NOT_GIVEN, now=self.now)
        if isinstance(outcome, Ended | Struck):
            self.words = {who: word for who, word in self.words.items() if word[0] is not Choice.YES}
            assert (await self.coverage()).state is not CoverageState.GIVEN

    async def change(self, consent_id: UUID, last_day: date) -> None:
        """Less holds at once; longer is a new round, and what held goes on holding."""
        before = (await self.coverage()).state
        changed = await change_consent(self.tx, MEANS, STAFF, consent_id, None, last_day, now=self.now)
        if not isinstance(changed, ChangedConsent):
            return
        assert (await self.coverage()).state is before
        anew, end = changed.view.request_id, end_of(last_day)
        consent = await consents.get(self.tx, consent_id)
        assert consent is not None
        if anew is not None and anew != self.rounds[-1].request_id:
            self.rounds.append(msgspec.structs.replace(self.rounds[-1], request_id=anew))
            self.ends.append(end)
        elif anew is None and consent.request_id == self.rounds[-1].request_id:
            self.ends[-1] = min(self.ends[-1], end)

    async def watch(self, consent_id: UUID) -> None:
        """The loop at a consent's end: at 18 the young adult is asked anew for what is left of the period."""
        await warn_before(self.tx, MEANS, load_plans(), consent_id, now=self.now)
        if await note_end(self.tx, MEANS, consent_id, now=self.now):
            self.words = {who: word for who, word in self.words.items() if word[0] is not Choice.YES}
        latest = await requests.latest_round(self.tx, key_of(self.rounds[-1]))
        assert latest is not None
        if latest.request_id != self.rounds[-1].request_id:
            assert self.required() == {"child"}
            self.rounds.append(msgspec.structs.replace(self.rounds[-1], request_id=latest.request_id))
            self.ends.append(self.ends[-1])

    async def say(self, who: str, choice: Choice) -> None:
        if not self.rounds:
            return
        caller, request_id = getattr(self.home, who), self.rounds[-1].request_id
        shown = await show_request(self.tx, MEANS, caller, request_id, Language.ENGLISH, Rendering.EASY, now=self.now)
        if not isinstance(shown, RequestShown):
            return
        answered = await answer_request(
            self.tx, MEANS, caller, request_id, shown.served_id, [RowAnswer(row=1, choice=choice)], now=self.now
        )
        assert isinstance(answered, Answered)
        assert who != "stranger"
        self.words[who] = (choice, len(self.rounds))
        if choice is Choice.YES and self.complete():
            assert (await self.coverage()).state is (CoverageState.GIVEN if self.paused_until <= self.now else CoverageState.PAUSED)

    def complete(self) -> bool:
        """Everybody required has said yes in the latest round as their last word, nobody blocks, and the period is not over."""
        required, latest = self.required(), len(self.rounds)
        everybody = all(self.words.get(one) == (Choice.YES, latest) for one in required)
        return bool(required) and everybody and not self.blocks() and self.now.date() < self.ends[-1].date()

    async def withdraw(self, who: str) -> None:
        row = (await self.coverage()).row if self.rounds else None
        if row is None:
            return
        outcome = await withdraw(self.tx, getattr(self.home, who), row.consent_id, now=self.now)
        if isinstance(outcome, Withdrawn):
            assert who != "stranger"
            self.words[who] = (Choice.WITHDRAWN, len(self.rounds))
            assert (await self.coverage()).state is not CoverageState.GIVEN

    async def move(self, custody: str) -> None:
        person = await people.get_subject(self.tx, MEANS.vault, self.home.subject_id)
        assert person is not None
        found = registered(CHILD, guardians=CUSTODIES[custody])
        await learn_custody(self.tx, MEANS.vault, person, found, now=self.now)
        self.custody = custody

    async def coverage(self) -> RowCoverage:
        return await covered(self.tx, self.rounds[-1], regime="S_SCH", now=self.now)

    async def check(self) -> None:
        if not self.rounds:
            return
        answer = await self.coverage()
        if answer.row is not None and self.lets_through(answer.row):
            assert answer.state is CoverageState.GIVEN
            assert self.required()
            assert self.paused_until <= self.now
            assert all(self.words.get(one, (None, 0))[0] is Choice.YES for one in self.required())
            assert not self.blocks()
            assert answer.row.consent_id not in self.dead
        else:
            assert answer.state is not CoverageState.GIVEN
        self.check_row(answer.row)
        await self.check_state()

    def lets_through(self, row: GoverningRow) -> bool:
        """What sharing, which knows only the row, would release on."""
        return row.state is RowState.GIVEN and not row.withdrawn and row.valid_from <= self.now < row.valid_until

    def check_row(self, row: GoverningRow | None) -> None:
        if row is None:
            return
        assert row.revision >= self.revision
        self.revision = row.revision
        if row.withdrawn:
            self.dead.add(row.consent_id)
        else:
            assert row.consent_id not in self.dead

    async def check_state(self) -> None:
        person = await people.get_subject(self.tx, MEANS.vault, self.home.subject_id)
        assert person is not None
        known = await custody.known(self.tx, person)
        weighed = await weigh_row(self.tx, MEANS.vault, known, key_of(self.rounds[-1]), Regime.S_SCH, now=self.now)
        state = state_of(weighed.record, self.now)
        assert state is self.state or state in TRANSITIONS[self.state], (self.state, state)
        self.state = state


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(start=0, steps=[("pause", 20), ("end",), ("everybody",)])
@example(start=0, steps=[("end",), ("say", "mother", "yes")])
@example(start=0, steps=[("change", 300), ("say", "father", "no")])
@given(start=st.sampled_from([0, 450, 520, 1560, 1610]), steps=st.lists(STEPS, max_size=14))
async def test_a_row_is_never_given_without_the_yes_of_everybody_required(
    consent_db: Database, start: int, steps: list[tuple[object, ...]]
) -> None:
    async with consent_db.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            life = Life(connection, await family(connection, child=CHILD))
            for staff in (STAFF, HEAD):
                await remember_grant(
                    connection, msgspec.structs.replace(grant(staff.principal), valid_until=NOW + timedelta(days=4000)), now=NOW
                )
            life.now += timedelta(days=start)  # near the 15th and the 18th birthday
            for step in [("ask",), ("everybody",), *steps]:
                await life.step(step)
                await life.check()
        finally:
            await transaction.rollback()
