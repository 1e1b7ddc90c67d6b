"""How a message changes a governing row, as pure rules."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.sharing.domain.facts import ConsentFact
from services.sharing.domain.governing import SeenRow, SeenState, consent_fact, merge
from shared.contracts.consent import CoverageState, GoverningRow, Missing, RowCoverage, RowKey, RowState, SignerStatus

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KEY = RowKey(subject_id=UUID(int=1), discloser_unit="a-u1", recipient_unit="b-u1", purpose="P_SUPPORT", category="pupil-health")
BLANK = SeenRow(
    **msgspec.structs.asdict(KEY), consent_id=None, state=SeenState.UNKNOWN, epoch=0, revision=0, valid_from=None, valid_until=None
)


def told(revision: int, *, state: RowState = RowState.GIVEN, consent: int = 1, epoch: int = 1, withdrawn: bool = False) -> GoverningRow:
    return GoverningRow(
        key=KEY,
        consent_id=UUID(int=consent),
        state=state,
        epoch=epoch,
        revision=revision,
        valid_from=NOW - timedelta(days=1),
        valid_until=NOW + timedelta(days=1),
        withdrawn=withdrawn,
    )


MESSAGES = st.lists(
    st.builds(
        told,
        st.integers(1, 6),
        state=st.sampled_from(RowState),
        consent=st.integers(1, 2),
        epoch=st.integers(1, 2),
        withdrawn=st.booleans(),
    ),
    max_size=8,
)


def apply(messages: list[GoverningRow]) -> tuple[SeenRow, set[UUID], int]:
    row, buried, epoch = BLANK, set[UUID](), 0
    for message in messages:
        if message.withdrawn:
            buried.add(message.consent_id)
        row = merge(row, message, withdrawn=message.consent_id in buried, epoch=epoch)
        epoch = max(epoch, message.epoch)
    return row, buried, epoch


@given(MESSAGES)
def test_a_withdrawn_consent_never_lets_anything_through(messages: list[GoverningRow]) -> None:
    row, buried, epoch = apply(messages)

    assert row.consent_id not in buried or not row.lets_through(epoch, NOW)


@given(MESSAGES)
def test_the_same_message_again_changes_nothing(messages: list[GoverningRow]) -> None:
    row, buried, epoch = apply(messages)

    for message in messages:
        row_again = merge(row, message, withdrawn=message.consent_id in buried, epoch=epoch)
        assert row_again == row


@given(MESSAGES)
def test_revisions_of_one_epoch_never_go_back(messages: list[GoverningRow]) -> None:
    seen = BLANK
    for message in messages:
        after = merge(seen, message, withdrawn=message.withdrawn, epoch=0)
        assert (after.epoch, after.revision) >= (seen.epoch, seen.revision)
        seen = after


def test_a_row_lets_through_from_its_first_instant_to_before_its_last() -> None:
    row = merge(BLANK, told(1), withdrawn=False, epoch=1)

    at = [row.lets_through(1, NOW + timedelta(days=d)) for d in (-1, 1)]
    before = row.lets_through(1, NOW - timedelta(days=1, microseconds=1))

    assert (at, before) == ([True, False], False)


def test_our_copy_is_believed_only_while_it_may_be_trusted() -> None:
    row = merge(BLANK, told(1), withdrawn=False, epoch=1)

    assert consent_fact(row, None, epoch=1, trusted=True, now=NOW) == ConsentFact(state=CoverageState.GIVEN)
    assert consent_fact(row, None, epoch=1, trusted=False, now=NOW) is None


def test_an_answer_that_is_no_yes_narrows_what_our_copy_says() -> None:
    row = merge(BLANK, told(1), withdrawn=False, epoch=1)
    missing = (Missing(role="guardian", number=1, status=SignerStatus.NO_ANSWER),)
    asked = RowCoverage(key=KEY, state=CoverageState.PENDING, missing=missing)

    assert consent_fact(row, asked, epoch=1, trusted=True, now=NOW) == ConsentFact(state=CoverageState.PENDING, missing=missing)


def test_consents_yes_opens_nothing_that_our_copy_does_not_have() -> None:
    asked = RowCoverage(key=KEY, state=CoverageState.GIVEN)
    stopped = merge(BLANK, told(1, state=RowState.STOPPED), withdrawn=False, epoch=1)

    assert consent_fact(None, asked, epoch=1, trusted=True, now=NOW) is None
    assert consent_fact(stopped, asked, epoch=1, trusted=True, now=NOW) == ConsentFact(state=CoverageState.WITHDRAWN)
