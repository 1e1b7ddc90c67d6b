"""Random lives of one row in both houses: what sharing would release on, with messages late, doubled, lost in a crash or in a restore.

Consent and sharing are the real ones, each on a transaction of its own that is rolled back. After *stopped* has been answered nothing is
released under that consent, and whoever is up to date with consent releases only what everybody required has said yes to. The same lives
are then lived with a guard taken out, and must break the promise: a test that cannot fail is a defect.
"""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.consent.storage import barriers
from services.consent.usecases.begin_epoch import begin_epoch
from services.consent.usecases.changes_since import changes_since
from services.consent.usecases.remember_grant import remember_grant
from services.sharing.domain import governing
from services.sharing.storage import consent_rows
from services.sharing.usecases.stop_rows import stop_rows
from services.sharing.usecases.take_rows import take_rows
from shared.contracts.consent import ChangesSince, CoverageState, RowsChanged
from shared.database import Connection, Database
from tests.consent.test_interleavings import CHILD, HEAD, STEPS, Life
from tests.consent.world import NOW, STAFF, Family, family, grant, key_of

FAR = st.one_of(
    STEPS,
    st.tuples(st.just("deliver"), st.integers(0, 30)),
    st.sampled_from([("barrier",), ("barrier",), ("lease",), ("miss",), ("backup",), ("restore",)]),
    st.tuples(st.just("crash"), STEPS),
)
"""Besides what happens in one house: an event comes (again), the barrier, the feed or a row is asked for, a copy is put back, a crash."""
OPEN = [("ask",), ("everybody",)]
WITHDRAWN_AND_LOST = [*OPEN, ("lease",), ("backup",), ("withdraw", "father"), ("barrier",), ("restore",), ("miss",)]
PAUSED_AND_LATE = [*OPEN, ("lease",), ("pause", 20), ("barrier",), ("deliver", 0)]
LIVES = (
    WITHDRAWN_AND_LOST,
    PAUSED_AND_LATE,
    [*OPEN, ("crash", ("withdraw", "mother")), ("lease",), ("withdraw", "mother"), ("crash", ("everybody",)), ("barrier",), ("deliver", 0)],
    [*OPEN, ("backup",), ("custody", "mother"), ("restore",), ("custody", "father"), ("barrier",), ("lease",), ("deliver", 1)],
)


class LifeOfTwo(Life):
    """The row at consent, and sharing's copy of it."""

    def __init__(self, tx: Connection, home: Family, sharing: Connection) -> None:
        super().__init__(tx, home)
        self.sharing = sharing
        self.flying: list[RowsChanged] = []
        self.stopped: dict[UUID, tuple[int, int]] = {}
        self.withdrawn: set[UUID] = set()
        self.kept: tuple[Any, dict[str, Any]] | None = None

    async def step(self, step: tuple[object, ...]) -> None:
        verb, *rest = step
        if verb == "crash":
            await self.crash(rest[0])  # type: ignore[arg-type]  # a step
        elif verb == "deliver":
            if self.flying:
                await take_rows(self.sharing, self.flying[int(str(rest[0])) % len(self.flying)].rows, now=self.now)
        elif verb in {"barrier", "lease", "miss", "backup", "restore"}:
            await getattr(self, str(verb))()
        else:
            await super().step(step)
        await self.collect()

    async def collect(self) -> None:
        """What consent has committed for sharing; from then on it may come at any time, again and again."""
        rows = await self.tx.fetch("select body from outbox where name = 'rows-changed' order by position")
        for row in rows:
            event = msgspec.json.decode(row["body"], type=RowsChanged)
            if event not in self.flying:
                self.flying.append(event)

    async def barrier(self) -> None:
        """Sharing's word for everything that waits for it: from here on *stopped* has been answered."""
        for stop in await barriers.pending(self.tx, 100):
            answer = await stop_rows(self.sharing, stop, now=self.now)
            await barriers.confirm(self.tx, stop.consent_id, stop.revision, answer.stopped_at)
            told = max((row.epoch, row.revision) for row in stop.rows)
            self.stopped[stop.consent_id] = max(told, self.stopped.get(stop.consent_id, (0, 0)))
            if any(row.withdrawn for row in stop.rows):
                self.withdrawn.add(stop.consent_id)

    async def lease(self) -> None:
        """Read the feed to its end, as the lease does; then sharing releases nothing that consent would not."""
        epoch, position = await consent_rows.feed_position(self.sharing)
        changes = await changes_since(self.tx, ChangesSince(epoch=epoch, since=position))
        await take_rows(self.sharing, changes.rows, now=self.now)
        await consent_rows.raise_epoch(self.sharing, changes.epoch)
        if changes.epoch != epoch:
            await self.lease()
        else:
            await consent_rows.advance_feed(self.sharing, changes.epoch, changes.position)
            if await self.may_release():
                assert (await self.coverage()).state is CoverageState.GIVEN

    async def miss(self) -> None:
        """Sharing asks about a row that it does not know, and takes the answer over."""
        row = (await self.coverage()).row if self.rounds else None
        if row is not None:
            await take_rows(self.sharing, [row], now=self.now)

    async def crash(self, step: tuple[object, ...]) -> None:
        """The process dies before its commit: as if nothing had been."""
        undo, before = self.tx.transaction(), self.remembered()
        await undo.start()
        await super().step(step)
        await undo.rollback()
        self.__dict__.update(before)

    async def backup(self) -> None:
        if self.kept is None:
            undo = self.tx.transaction()
            await undo.start()
            self.kept = (undo, self.remembered())

    async def restore(self) -> None:
        """The copy is put back and the operator's command is run. Sharing forgets nothing, and time has gone on."""
        if self.kept is not None:
            undo, before = self.kept
            await undo.rollback()
            self.kept, now = None, self.now
            self.__dict__.update(before)
            self.now = now
            await begin_epoch(self.tx, operator="o1op", above=0, now=self.now)

    def remembered(self) -> dict[str, Any]:
        """What the model knows of consent."""
        names = ("now", "rounds", "ends", "custody", "words", "dead", "revision", "state", "paused_until")
        return {name: copy.copy(getattr(self, name)) for name in names}

    async def may_release(self) -> UUID | None:
        """The consent that sharing's own copy would release on now."""
        own = await consent_rows.find(self.sharing, key_of(self.rounds[-1])) if self.rounds else None
        lets = own is not None and own.lets_through(await consent_rows.known_epoch(self.sharing), self.now)
        return own.consent_id if own is not None and lets else None

    async def check(self) -> None:
        await super().check()
        consent_id = await self.may_release()
        if consent_id is not None and consent_id in self.stopped:
            own = await consent_rows.find(self.sharing, key_of(self.rounds[-1]))
            assert consent_id not in self.withdrawn, "released after stopped"
            assert own is not None
            assert (own.epoch, own.revision) >= self.stopped[consent_id], "an older word than the stop"


@asynccontextmanager
async def undone(database: Database) -> AsyncIterator[Connection]:
    async with database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()


async def live(consent_db: Database, sharing_db: Database, steps: list[Any]) -> None:
    async with undone(consent_db) as tx, undone(sharing_db) as sharing:
        life = LifeOfTwo(tx, await family(tx, child=CHILD), sharing)
        for staff in (STAFF, HEAD):
            await remember_grant(tx, msgspec.structs.replace(grant(staff.principal), valid_until=NOW + timedelta(days=4000)), now=NOW)
        for step in steps:
            await life.step(step)
            await life.check()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(steps=LIVES[0])
@example(steps=LIVES[1])
@example(steps=LIVES[2])
@example(steps=LIVES[3])
@given(steps=st.lists(FAR, max_size=16))
async def test_no_life_of_the_two_releases_after_stopped(consent_db: Database, sharing_db: Database, steps: list[Any]) -> None:
    await live(consent_db, sharing_db, steps if steps[:2] == OPEN else [*OPEN, *steps])


async def test_without_the_tombstone_a_restore_revives_what_was_taken_back(
    consent_db: Database, sharing_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def is_buried(_tx: object, _consent_id: UUID) -> bool:
        return False

    monkeypatch.setattr(consent_rows, "is_buried", is_buried)

    with pytest.raises(AssertionError, match="released after stopped"):
        await live(consent_db, sharing_db, WITHDRAWN_AND_LOST)


async def test_without_the_revision_check_a_late_event_lifts_a_pause(
    consent_db: Database, sharing_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(governing, "is_newer", lambda _own, _told: True)

    with pytest.raises(AssertionError, match="an older word than the stop"):
        await live(consent_db, sharing_db, PAUSED_AND_LATE)
