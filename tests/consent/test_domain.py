"""Consent's pure rules: days and instants, ranks of custody, states and who is missing, how long a row may hold."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.consent.domain.consent import TRANSITIONS, Choice, Ending, RowRecord, Standing, State, agreed, latest, state_of
from services.consent.domain.coverage import coverage
from services.consent.domain.custody import Known, Person, Rank, Statement
from services.consent.domain.judgement import Judgement
from services.consent.domain.numbers import birth_date, normalised
from services.consent.domain.periods import end_of, last_day, months_later, reaches, start_of
from services.consent.domain.validity import valid_until
from shared.contracts.consent import CoverageState, GoverningRow, Missing, RowKey, RowState, SignerStatus
from shared.law.codes import LeafCategory, Regime
from shared.law.disposers import (
    AskHuman,
    AskReason,
    Custody,
    Disposer,
    Disposers,
    Guardian,
    Item,
    Question,
    Role,
    disposers,
)
from tests.consent.world import CHILD, MOTHER, number

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ALVA, MUM, DAD = (UUID(int=n) for n in (1, 2, 3))
ROUND = UUID(int=9)
KEY = RowKey(subject_id=UUID(int=7), discloser_unit="o5ek-u2", recipient_unit="o2rg-u2", purpose="P_SUPPORT", category="pupil-health")
WHO = Disposers(
    needed=(Disposer(person_id=MUM, role=Role.GUARDIAN), Disposer(person_id=DAD, role=Role.GUARDIAN)),
    heard=(Disposer(person_id=ALVA, role=Role.CHILD),),
)


def word(person: UUID, choice: Choice, *, minutes: int = 0, recorded: int | None = None, request_id: UUID | None = ROUND) -> Standing:
    at = NOW + timedelta(minutes=minutes)
    late = NOW + timedelta(minutes=minutes if recorded is None else recorded)
    return Standing(person_id=person, choice=choice, at=at, recorded_at=late, request_id=request_id)


def governing(**facts: object) -> GoverningRow:
    row = GoverningRow(
        key=KEY,
        consent_id=UUID(int=8),
        state=RowState.GIVEN,
        epoch=1,
        revision=1,
        valid_from=NOW,
        valid_until=NOW + timedelta(days=30),
    )
    return msgspec.structs.replace(row, **facts)


def record(*words: Standing, **facts: object) -> RowRecord:
    plain = RowRecord(who=WHO, request_id=ROUND, asked_at=NOW, standings=words, last_instant=NOW + timedelta(days=30))
    return msgspec.structs.replace(plain, **facts)


BOTH_YES = (word(MUM, Choice.YES), word(DAD, Choice.YES))


class TestNumbers:
    def test_a_hyphen_and_spaces_around_are_no_difference(self) -> None:
        assert normalised(f" {CHILD[:8]}-{CHILD[8:]} ") == CHILD

    @pytest.mark.parametrize("wrong", ["", "2013", CHILD[2:], CHILD + "0", CHILD[:-1] + str((int(CHILD[-1]) + 1) % 10), "٢" * 12])
    def test_what_is_no_number_is_refused(self, wrong: str) -> None:
        assert normalised(wrong) is None

    def test_a_coordination_number_has_60_added_to_its_day(self) -> None:
        coordination = number("20130577", 980)
        assert normalised(coordination) == coordination
        assert birth_date(coordination) == date(2013, 5, 17)

    def test_a_day_that_does_not_exist_is_no_number(self) -> None:
        assert normalised(number("20130231", 980)) is None


class TestPeriods:
    @pytest.mark.parametrize(
        ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 6), 24), (date(2028, 2, 29), 24)]
    )
    def test_a_last_day_counts_to_its_end_however_long_it_is(self, day: date, hours: int) -> None:
        assert end_of(day) - start_of(day) == timedelta(hours=hours)

    def test_a_day_begins_at_midnight_in_stockholm(self) -> None:
        assert start_of(date(2026, 7, 1)) == datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
        assert start_of(date(2026, 12, 1)) == datetime(2026, 11, 30, 23, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("proposed", "expected"),
        [
            (NOW + timedelta(days=100), date(2027, 3, 4)),
            (NOW + timedelta(days=4000), date(2027, 11, 24)),
            (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 1, 1)),
        ],
    )
    def test_no_consent_is_asked_for_longer_than_twelve_months(self, proposed: datetime, expected: date) -> None:
        assert last_day(proposed, NOW, 12) == expected

    def test_twelve_months_after_a_leap_day_is_the_last_of_february(self) -> None:
        assert months_later(date(2028, 2, 29), 12) == date(2029, 2, 28)

    def test_18_is_reached_at_midnight_in_stockholm(self) -> None:
        assert reaches(date(2008, 7, 1), 18) == datetime(2026, 6, 30, 22, 0, tzinfo=UTC)


def statement(rank: Rank, *guardians: tuple[UUID, Custody], organisation: str = "", at: int = 0, **facts: object) -> Statement:
    plain = Statement(
        statement_id=UUID(int=at + 100),
        child_id=ALVA,
        rank=rank,
        organisation=organisation,
        stated_at=NOW + timedelta(minutes=at),
        first_day=TODAY,
        guardians=tuple(Guardian(person_id=who, custody=how) for who, how in guardians),
    )
    return msgspec.structs.replace(plain, **facts)


JOINT = ((MUM, Custody.JOINT), (DAD, Custody.JOINT))


def known(*statements: Statement, born: date = date(2013, 5, 17)) -> Known:
    return Known(person=Person(person_id=ALVA, subject_id=UUID(int=7), birth_date=born), statements=statements)


class TestCustody:
    def test_the_register_beats_a_document_which_beats_staff(self) -> None:
        staff = statement(Rank.STAFF, (DAD, Custody.SOLE), organisation="o5ek", at=3)
        document = statement(Rank.DOCUMENT, (MUM, Custody.SOLE), organisation="o5ek", at=2)
        register = statement(Rank.REGISTER, *JOINT, at=1)

        assert [one.person_id for one in known(staff, document).family_on(TODAY).guardians] == [MUM]
        assert [one.person_id for one in known(staff, document, register).family_on(TODAY).guardians] == [MUM, DAD]

    def test_equals_that_disagree_are_a_dispute(self) -> None:
        one = statement(Rank.DOCUMENT, (MUM, Custody.SOLE), organisation="o5ek")
        other = statement(Rank.DOCUMENT, (DAD, Custody.SOLE), organisation="o8st", at=1)
        assert known(one, other).family_on(TODAY).disputed

    def test_equals_that_agree_are_none(self) -> None:
        one = statement(Rank.STAFF, *JOINT, organisation="o5ek")
        other = statement(Rank.STAFF, *reversed(JOINT), organisation="o8st", at=1)
        assert not known(one, other).family_on(TODAY).disputed

    def test_an_organisation_replaces_its_own_statement(self) -> None:
        one = statement(Rank.STAFF, (MUM, Custody.SOLE), organisation="o5ek")
        later = statement(Rank.STAFF, *JOINT, organisation="o5ek", at=1)
        assert len(known(one, later).family_on(TODAY).guardians) == 2

    def test_a_care_order_counts_whoever_states_it(self) -> None:
        register = statement(Rank.REGISTER, *JOINT)
        board = statement(Rank.STAFF, *JOINT, organisation="o8st", care_order=True)
        assert known(register, board).family_on(TODAY).care_order

    def test_a_representation_counts_on_its_last_day_and_not_the_day_after(self) -> None:
        temporary = statement(Rank.DOCUMENT, (MUM, Custody.TEMPORARY), organisation="o8st", last_day=TODAY)
        assert known(temporary).family_on(TODAY).guardians
        assert not known(temporary).family_on(TODAY + timedelta(days=1)).guardians


class TestAgreement:
    def test_a_later_answer_replaces_the_earlier_by_time_of_saying_not_of_recording(self) -> None:
        paper = word(MUM, Choice.NO, minutes=1, recorded=90)
        electronic = word(MUM, Choice.YES, minutes=2)
        assert latest([electronic, paper])[MUM].choice is Choice.YES

    @pytest.mark.parametrize("words", [(), BOTH_YES[:1], BOTH_YES[1:]])
    def test_an_answer_that_is_missing_is_never_a_yes(self, words: tuple[Standing, ...]) -> None:
        assert not agreed(WHO, latest(words))

    def test_nobody_known_is_never_a_yes(self) -> None:
        assert not agreed(Disposers(needed=()), {})
        assert not agreed(AskHuman(reason=AskReason.NOBODY_KNOWN), latest(BOTH_YES))

    def test_a_heard_childs_no_blocks_although_its_yes_is_not_needed(self) -> None:
        assert agreed(WHO, latest(BOTH_YES))
        assert not agreed(WHO, latest((*BOTH_YES, word(ALVA, Choice.NO))))


class TestState:
    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            (record(), State.PENDING),
            (record(request_id=None), State.NOT_ASKED),
            (record(*BOTH_YES, governing=governing()), State.GRANTED),
            (record(BOTH_YES[0], word(DAD, Choice.NO)), State.CONFLICT),
            (record(word(DAD, Choice.NO)), State.REFUSED),
            (record(BOTH_YES[0], word(DAD, Choice.TALK)), State.DEFERRED),
            (record(BOTH_YES[0], word(DAD, Choice.WITHDRAWN, request_id=None)), State.WITHDRAWN),
            (record(*BOTH_YES, governing=governing(valid_until=NOW)), State.EXPIRED),
            (record(last_instant=NOW), State.EXPIRED),
            (record(*BOTH_YES, governing=governing(state=RowState.STOPPED, withdrawn=True), ended=Ending.CUSTODY), State.ENDED),
            (record(*BOTH_YES, governing=governing(withdrawn=True)), State.PENDING),
            (record(*BOTH_YES, word(DAD, Choice.NO, minutes=1), governing=governing()), State.CONFLICT),
            (record(*BOTH_YES, governing=governing(), who=AskHuman(reason=AskReason.CUSTODY_DISPUTED)), State.PENDING),
        ],
    )
    def test_the_state_is_computed_from_facts_and_an_instant(self, facts: RowRecord, expected: State) -> None:
        assert state_of(facts, NOW) is expected

    def test_a_row_holds_from_its_first_instant_to_just_before_its_end(self) -> None:
        facts = record(*BOTH_YES, governing=governing())
        end = governing().valid_until
        moments = [(NOW - timedelta(microseconds=1), False), (NOW, True), (end - timedelta(microseconds=1), True), (end, False)]
        assert [state_of(facts, at) is State.GRANTED for at, _ in moments] == [expected for _, expected in moments]

    def test_a_renewal_that_waits_leaves_the_old_consent_holding(self) -> None:
        assert state_of(record(*BOTH_YES, request_id=UUID(int=10), governing=governing()), NOW) is State.GRANTED

    def test_a_renewal_counts_only_its_own_answers(self) -> None:
        expired = governing(valid_until=NOW)
        assert state_of(record(*BOTH_YES, request_id=UUID(int=10), governing=expired), NOW) is State.EXPIRED

    def test_every_state_has_its_transitions_and_nothing_returns_to_not_asked(self) -> None:
        assert set(TRANSITIONS) == set(State)
        assert not any(State.NOT_ASKED in following for following in TRANSITIONS.values())


class TestCoverage:
    def test_who_is_missing_is_told_by_role_number_and_reason_never_by_name(self) -> None:
        answer = coverage(KEY, record(BOTH_YES[0]), NOW)
        assert answer.state is CoverageState.PENDING
        assert answer.missing == (Missing(role="guardian", number=1, status=SignerStatus.NO_ANSWER),)

    def test_before_anybody_is_asked_all_are_missing_as_not_asked(self) -> None:
        answer = coverage(KEY, record(request_id=None), NOW)
        assert answer.missing == (Missing(role="guardian", number=2, status=SignerStatus.NOT_ASKED),)

    def test_a_childs_no_is_named_as_the_reason(self) -> None:
        answer = coverage(KEY, record(*BOTH_YES, word(ALVA, Choice.NO)), NOW)
        assert answer.state is CoverageState.REFUSED
        assert answer.missing == (Missing(role="child", number=1, status=SignerStatus.REFUSED),)

    def test_after_the_end_everybody_must_be_asked_anew(self) -> None:
        answer = coverage(KEY, record(*BOTH_YES, governing=governing(valid_until=NOW)), NOW)
        assert answer.state is CoverageState.EXPIRED
        assert answer.missing == (Missing(role="guardian", number=2, status=SignerStatus.NOT_ASKED),)

    @pytest.mark.parametrize("reason", list(AskReason))
    def test_where_a_human_must_say_it_is_never_a_yes(self, reason: AskReason) -> None:
        answer = coverage(KEY, record(*BOTH_YES, governing=governing(), who=AskHuman(reason=reason)), NOW)
        assert answer.state is CoverageState.ASK_HUMAN

    @given(st.lists(st.tuples(st.sampled_from([MUM, DAD, ALVA]), st.sampled_from(Choice), st.integers(0, 50)), max_size=12))
    def test_it_is_given_only_when_everybody_needed_has_said_yes_last(self, said: list[tuple[UUID, Choice, int]]) -> None:
        words = [word(who, choice, minutes=minute) for who, choice, minute in said]
        answer = coverage(KEY, record(*words, governing=governing()), NOW + timedelta(hours=1))
        last = {}
        for one in sorted(words, key=lambda w: w.at):
            last[one.person_id] = one.choice
        everybody = all(last.get(who) is Choice.YES for who in (MUM, DAD)) and last.get(ALVA, Choice.YES) is Choice.YES
        assert (answer.state is CoverageState.GIVEN) == everybody


class TestValidity:
    def until(self, facts: Known, words: tuple[Standing, ...], *, regime: Regime = Regime.S_SCH, judged: date | None = None) -> datetime:
        item = Item(regime=regime, category=LeafCategory.PLAN)
        return valid_until(
            facts,
            lambda day: disposers(facts.family_on(day), item, Question()),
            latest(words),
            last_day=TODAY + timedelta(days=300),
            judgement=Judgement(last_day=judged),
            now=NOW,
        )

    def test_without_anything_else_it_is_the_end_of_the_last_day(self) -> None:
        assert self.until(known(statement(Rank.REGISTER, *JOINT)), BOTH_YES) == end_of(TODAY + timedelta(days=300))

    def test_the_18th_birthday_ends_what_guardians_and_child_have_said(self) -> None:
        facts = known(statement(Rank.REGISTER, *JOINT), born=date(2009, 1, 15))
        assert self.until(facts, (*BOTH_YES, word(ALVA, Choice.YES))) == start_of(date(2027, 1, 15))

    def test_of_a_leap_day_18_is_reached_on_28_february(self) -> None:
        facts = known(statement(Rank.REGISTER, *JOINT), born=date(2008, 2, 29))
        at = datetime(2026, 1, 1, tzinfo=UTC)
        early = [msgspec.structs.replace(one, first_day=at.date()) for one in facts.statements]
        earlier = Known(person=facts.person, statements=tuple(early))
        end = valid_until(earlier, lambda _day: WHO, latest(BOTH_YES), last_day=date(2026, 12, 1), judgement=Judgement(), now=at)
        assert end == start_of(date(2026, 2, 28))

    @pytest.mark.parametrize(
        ("born", "regime", "expected"),
        [
            (date(2012, 1, 15), Regime.S_SCH, date(2027, 1, 15)),
            (date(2015, 1, 15), Regime.S_EH, date(2027, 1, 15)),
        ],
    )
    def test_a_birthday_from_which_the_childs_yes_is_needed_ends_it(self, born: date, regime: Regime, expected: date) -> None:
        facts = known(statement(Rank.REGISTER, *JOINT), born=born)
        assert self.until(facts, BOTH_YES, regime=regime) == start_of(expected)

    def test_the_15th_birthday_ends_nothing_when_the_child_has_said_yes_too(self) -> None:
        facts = known(statement(Rank.REGISTER, *JOINT), born=date(2012, 1, 15))
        assert self.until(facts, (*BOTH_YES, word(ALVA, Choice.YES))) == end_of(TODAY + timedelta(days=300))

    def test_the_representations_end_ends_it_after_its_last_day(self) -> None:
        facts = known(statement(Rank.DOCUMENT, (MUM, Custody.TEMPORARY), last_day=date(2026, 12, 31)))
        assert self.until(facts, BOTH_YES) == end_of(date(2026, 12, 31))

    def test_a_judgements_end_ends_it(self) -> None:
        facts = known(statement(Rank.REGISTER, *JOINT))
        assert self.until(facts, BOTH_YES, judged=date(2026, 12, 24)) == end_of(date(2026, 12, 24))

    def test_a_guardian_who_comes_in_later_ends_it_on_that_day(self) -> None:
        now = statement(Rank.REGISTER, (MUM, Custody.SOLE))
        later = statement(Rank.REGISTER, *JOINT, at=1, first_day=date(2027, 1, 1))
        assert self.until(known(now, later), BOTH_YES[:1]) == start_of(date(2027, 1, 1))


def test_mother_and_child_of_the_test_world_are_of_the_test_series() -> None:
    assert all(980 <= int(one[8:11]) <= 999 for one in (CHILD, MOTHER))
