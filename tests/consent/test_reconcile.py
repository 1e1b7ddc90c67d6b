"""Consent against sharing's copy, both real: rows that somebody with the databases' own keys has changed by hand."""

import itertools
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.consent.domain.reconciliation import Difference, compare
from services.consent.storage import consents
from services.consent.usecases.reconcile import Reconcile, Reconciled
from services.sharing.storage import consent_rows
from services.sharing.usecases.stop_rows import stop_rows
from services.sharing.usecases.take_rows import take_rows
from services.sharing.usecases.tell_copies import tell_copies
from shared.contracts.consent import GoverningRow, RowState
from shared.contracts.message import Question
from shared.contracts.sharing import CopiesBetween, RowCopy, Stop
from shared.database import Database
from shared.ids import new_id, opaque_id
from tests.consent.world import MEANS, NOW, ask, family, key_of, number, say

LATER = NOW + timedelta(hours=1)
_DAY = itertools.count(1)
LONGER = "update consent_row set valid_until = valid_until + interval '1 year' where subject_id = $1"
SOONER = "update consent_row set valid_from = valid_from - interval '1 year' where subject_id = $1"
ANOTHER = "update consent_row set consent_id = 'f0f0f0f0-0000-4000-8000-000000000000' where subject_id = $1"
BEYOND = "update consent_row set valid_until = valid_until + interval '1 year', revision = 1000000000 where subject_id = $1"
STOPPED = "update consent_row set state = 'stopped' where subject_id = $1"


class Pair:
    """The two houses, with one child whose consent both know."""

    def __init__(self, consent: Database, sharing: Database) -> None:
        self.consent = consent
        self.sharing = sharing
        self.loop = Reconcile(consent, self.ask, MEANS)
        self.key: Any = None

    async def ask(self, question: Question[Any], /, *, within: float = 2.0) -> Any:  # noqa: ARG002  the form of an asker
        async with self.sharing.transaction() as tx:
            if isinstance(question, Stop):
                return await stop_rows(tx, question, now=LATER)
            assert isinstance(question, CopiesBetween)
            return await tell_copies(tx, question)

    async def give(self) -> None:
        async with self.consent.transaction() as tx:
            home = await family(tx, child=number(f"201306{next(_DAY):02}", 980))
            event = await ask(tx, home.subject_id)
            for who in (home.mother, home.father, home.child):
                await say(tx, who, event.request_id)
            self.key = key_of(event)

    async def feed(self) -> None:
        """What the lease does: every change, in order."""
        async with self.consent.transaction() as tx:
            epoch, position = await consents.feed(tx)
            rows = await consents.changes(tx, 0, 500)
        async with self.sharing.transaction() as tx:
            await take_rows(tx, rows, now=NOW)
            await consent_rows.raise_epoch(tx, epoch)
            await consent_rows.advance_feed(tx, epoch, position)

    async def by_hand(self, statement: str) -> None:
        """As somebody would with the database's own rights; `$1` is the child."""
        async with self.sharing.transaction() as tx:
            await tx.execute(statement, self.key.subject_id)

    async def copy(self) -> Any:
        async with self.sharing.connection() as connection:
            return await consent_rows.find(connection, self.key)

    async def entries(self) -> list[str]:
        """Of this child, in the operator's log."""
        async with self.consent.connection() as connection:
            rows = await connection.fetch("select body from outbox where name = 'entry' and log = 'o1op' order by position")
        found = [msgspec.json.decode(row["body"]) for row in rows]
        return [one["action"] for one in found if one["person"]["subject"] == str(self.key.subject_id)]


@pytest.fixture
async def pair(consent_db: Database, sharing_db: Database) -> Pair:
    """A child of its own in each test."""
    made = Pair(consent_db, sharing_db)
    await made.give()
    await made.feed()
    return made


async def test_equal_is_no_difference(pair: Pair) -> None:
    assert await pair.loop.run_pass(LATER) == Reconciled(rows=1, narrowed=0, alarms=0, complete=True)
    assert (await pair.copy()).state == "given"


@pytest.mark.parametrize("statement", [LONGER, SOONER, ANOTHER], ids=["longer", "sooner", "another consent"])
async def test_what_was_widened_by_hand_is_as_consent_says_again(pair: Pair, statement: str) -> None:
    before = await pair.copy()
    await pair.by_hand(statement)

    await pair.loop.run_pass(LATER)
    after = await pair.copy()
    await pair.feed()
    await pair.loop.run_pass(LATER)

    assert (after.valid_from, after.valid_until, after.consent_id) == (before.valid_from, before.valid_until, before.consent_id)
    assert after.revision > before.revision
    assert await pair.entries() == ["reconciliation.narrowed"]


async def test_a_revision_beyond_ours_is_stopped_for_good(pair: Pair) -> None:
    await pair.by_hand(BEYOND)

    await pair.loop.run_pass(LATER)

    assert (await pair.copy()).state == "stopped"
    assert await pair.entries() == ["reconciliation.narrowed"]


async def test_what_was_narrowed_by_hand_is_an_alarm_and_stays(pair: Pair) -> None:
    await pair.by_hand(STOPPED)

    await pair.loop.run_pass(LATER)

    assert (await pair.copy()).state == "stopped"
    assert await pair.entries() == ["reconciliation.alarm"]


async def test_a_row_that_consent_never_gave_is_stopped(pair: Pair) -> None:
    async with pair.sharing.transaction() as tx:
        await tx.execute(
            "insert into consent_row (subject_id, discloser_unit, recipient_unit, purpose, category, about, consent_id, state, epoch,"
            " revision, valid_from, valid_until) select $1, discloser_unit, recipient_unit, purpose, category, about, $2, 'given', epoch,"
            " 1, valid_from, valid_until from consent_row where subject_id = $3",
            new := opaque_id(),
            new_id(NOW),
            pair.key.subject_id,
        )

    assert (await pair.loop.run_pass(LATER)).narrowed == 1
    async with pair.sharing.connection() as connection:
        assert await connection.fetchval("select state from consent_row where subject_id = $1", new) == "stopped"


def test_what_is_still_on_its_way_is_no_difference() -> None:
    key: Any = ("a",)
    truth = GoverningRow(
        key=key,
        consent_id=new_id(NOW),
        state=RowState.GIVEN,
        epoch=1,
        revision=7,
        valid_from=NOW,
        valid_until=LATER,
    )
    old = RowCopy(key=key, consent_id=None, state="stopped", epoch=1, revision=3, valid_from=None, valid_until=None)

    assert compare(truth, old, epoch=1, position=6) is Difference.ON_ITS_WAY
    assert compare(truth, old, epoch=1, position=7) is Difference.NARROWER
    assert compare(truth, None, epoch=1, position=6) is Difference.ON_ITS_WAY
    assert compare(truth, msgspec.structs.replace(old, state="unknown"), epoch=1, position=7) is Difference.NONE
    assert compare(None, old, epoch=1, position=7) is Difference.NONE
