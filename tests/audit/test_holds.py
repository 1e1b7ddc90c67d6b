"""A hold keeps what it is on from erasure and out of ordinary views; two officers lay it and two lift it (rule 30, A27)."""

import asyncio
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from services.audit.domain.holds import Hold, Kind, Reason, State
from services.audit.domain.leaf import decode
from services.audit.storage import entries, logs
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.erase_person import erase_person, look, release_kept, would_erase
from services.audit.usecases.erasure_ledger import Ledger
from services.audit.usecases.place_hold import NewHold, confirm_hold, lift_hold, list_holds, place_hold
from services.audit.usecases.read_timeline import Line, read_timeline
from services.audit.usecases.remember_register import remember_grant
from services.audit.usecases.search_entries import Search, search_entries
from shared.contracts.audit import Erasable
from shared.contracts.consent import Erased, PersonErased
from shared.database import Connection, Database
from shared.errors import Conflict, Invalid, NotFound
from shared.ids import opaque_id
from tests.audit.make import CHILD, ISSUER, KEEPER, NOW, Producer, make_entry, make_grant, make_officer, make_world
from tests.eventually import eventually

DISA, EBBA = make_officer(), make_officer(subject="ebba")
OTHER = UUID("7b1c0000-0000-4000-8000-000000000981")
CASE = opaque_id()
ANNA = f"{ISSUER} anna"
REVIEW = date(2027, 3, 1)
EVENT = PersonErased(erasure_id=opaque_id(), subject_id=CHILD, principals=(ANNA,), erased_at=NOW)


async def stage(tx: Connection) -> None:
    """Two organisations know the child; one entry is of a case, and one is about somebody else."""
    await make_world(tx, "o5ek", "o8st")
    await remember_grant(tx, make_grant(subject="ebba"), now=NOW)
    sent = [make_entry(actor=ANNA, case_id=CASE), make_entry(), make_entry(subject=OTHER), make_entry(organisation="o8st")]
    await append_entries(tx, KEEPER, Producer().send(*sent), epoch=0, now=NOW)


def on(**how: object) -> NewHold:
    given: dict[str, object] = {"organisation": "o5ek", "kind": Kind.LEGAL, "reason": Reason.SUPERVISION, "review_on": REVIEW}
    return NewHold(**(given | (how or {"subject_id": CHILD})))  # type: ignore[arg-type]


async def laid(tx: Connection, wanted: NewHold) -> Hold:
    made = await place_hold(tx, KEEPER, DISA, wanted, now=NOW)
    assert isinstance(made, Hold)
    confirmed = await confirm_hold(tx, KEEPER, EBBA, made.hold_id, now=NOW)
    assert isinstance(confirmed, Hold)
    return confirmed


async def seen(tx: Connection, *, held: bool = False, **asked: object) -> tuple[int, int]:
    found = await search_entries(tx, KEEPER, DISA, Search(organisation="o5ek", action="decision.made", held=held, **asked), now=NOW)  # type: ignore[arg-type]
    assert found is not None
    return len(found.entries), found.holds


async def on_line(tx: Connection, *, held: bool = False) -> list[str]:
    line = await read_timeline(tx, KEEPER, DISA, Line(organisation="o5ek", subject_id=CHILD, held=held), now=NOW)
    assert line is not None
    return sorted(one.organisation for one in line.lines)


async def test_two_officers_lay_a_hold_and_two_lift_it(audit_tx: Connection) -> None:
    await stage(audit_tx)
    made = await place_hold(audit_tx, KEEPER, DISA, on(), now=NOW)
    assert isinstance(made, Hold)

    states: list[object] = [made.state]
    for step, who in (
        (confirm_hold, DISA),
        (confirm_hold, EBBA),
        (confirm_hold, EBBA),
        (lift_hold, EBBA),
        (lift_hold, EBBA),
        (lift_hold, DISA),
    ):
        after = await step(audit_tx, KEEPER, who, made.hold_id, now=NOW)
        states.append(after.state if isinstance(after, Hold) else after.code)

    assert states == ["proposed", "another-officer-needed", "in-force", "hold-state", "lift-proposed", "another-officer-needed", "lifted"]
    assert isinstance(await lift_hold(audit_tx, KEEPER, DISA, made.hold_id, now=NOW), Conflict)
    log = await logs.find(audit_tx, "o5ek", 2026)
    assert log is not None
    acts = [decode(row.stored).action for row in await entries.between(audit_tx, 2026, log.log_id, 4, 100)]
    assert acts == ["log-hold.proposed", "log-hold.confirmed", "log-hold.lift-proposed", "log-hold.lifted"]
    assert await audit_tx.fetchval("select count(*) from keystore.held") == 0
    assert await list_holds(audit_tx, KEEPER, DISA, "o5ek", lifted=False, now=NOW) == []


async def test_a_hold_that_nobody_confirmed_is_lifted_by_another_and_hides_nothing(audit_tx: Connection) -> None:
    await stage(audit_tx)
    made = await place_hold(audit_tx, KEEPER, DISA, on(), now=NOW)
    assert isinstance(made, Hold)

    assert await seen(audit_tx) == (3, 0)
    assert [found.kept for found in await look(audit_tx, KEEPER, CHILD, ())] == [True, False]
    refused = await lift_hold(audit_tx, KEEPER, DISA, made.hold_id, now=NOW)
    lifted = await lift_hold(audit_tx, KEEPER, EBBA, made.hold_id, now=NOW)

    assert isinstance(refused, Conflict)
    assert isinstance(lifted, Hold)
    assert lifted.state is State.LIFTED


@pytest.mark.parametrize(
    "how",
    [
        {"subject_id": CHILD, "case_id": CASE},
        {"review_on": NOW.date(), "case_id": CASE},
        {"reason": Reason.OBJECTION, "case_id": CASE},
        {"kind": Kind.RESTRICTED},
    ],
)
async def test_a_hold_needs_one_thing_a_reason_of_its_kind_and_a_day_to_come(audit_tx: Connection, how: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        await place_hold(audit_tx, KEEPER, DISA, on(**how), now=NOW)


async def test_nobody_but_the_organisations_officer_lays_lifts_or_reads_holds(audit_tx: Connection) -> None:
    await stage(audit_tx)
    made = await laid(audit_tx, on())
    stranger = msgspec.structs.replace(DISA, subject="tea")

    answers: list[object] = [
        await place_hold(audit_tx, KEEPER, stranger, on(), now=NOW),
        await confirm_hold(audit_tx, KEEPER, stranger, made.hold_id, now=NOW),
        await lift_hold(audit_tx, KEEPER, stranger, made.hold_id, now=NOW),
        await lift_hold(audit_tx, KEEPER, stranger, opaque_id(), now=NOW),
        await list_holds(audit_tx, KEEPER, stranger, "o5ek", lifted=True, now=NOW),
    ]

    assert {type(answer) for answer in answers} == {NotFound}


async def test_what_a_hold_is_on_is_left_out_until_it_is_asked_for(audit_tx: Connection) -> None:
    await stage(audit_tx)
    assert await seen(audit_tx) == (3, 0)

    await laid(audit_tx, on(case_id=CASE))
    assert await seen(audit_tx) == (2, 1)
    assert await on_line(audit_tx) == ["o5ek", "o8st"]
    await laid(audit_tx, on())

    assert await seen(audit_tx) == (1, 2)
    assert await seen(audit_tx, case_id=CASE) == (0, 2)
    assert await seen(audit_tx, held=True) == (3, 2)
    assert await on_line(audit_tx) == ["o8st"]
    assert await on_line(audit_tx, held=True) == ["o5ek", "o5ek", "o8st"]
    log = await logs.find(audit_tx, "o5ek", 2026)
    assert log is not None
    last = decode((await entries.between(audit_tx, 2026, log.log_id, 0, 100))[-1].stored)
    assert (last.action, last.query[-1]) == ("timeline.read", "held=shown")


async def test_an_erasure_waits_for_a_hold_where_it_is_and_nowhere_else(audit_tx: Connection, tmp_path: Path) -> None:
    await stage(audit_tx)
    ledger = Ledger(tmp_path / "erased.ndjson")
    hold = await laid(audit_tx, on(case_id=CASE))

    foreseen = await would_erase(audit_tx, KEEPER, Erasable(subject_id=CHILD))
    assert foreseen.kinds == {"subject-keys": 1, "entries": 1, "kept-by-a-hold": 1}
    await erase_person(audit_tx, EVENT, keeper=KEEPER, ledger=ledger, now=NOW)
    await erase_person(audit_tx, EVENT, keeper=KEEPER, ledger=ledger, now=NOW)

    left = await look(audit_tx, KEEPER, CHILD, (ANNA,))
    assert [(one.log.organisation, one.role, one.kept) for one in left] == [("o5ek", "subject", True), ("o5ek", "actor", True)]
    assert await answers(audit_tx) == []
    assert await release_kept(audit_tx, KEEPER, ledger, now=NOW) == 0

    await lift_hold(audit_tx, KEEPER, DISA, hold.hold_id, now=NOW)
    assert await release_kept(audit_tx, KEEPER, ledger, now=NOW) == 0
    await lift_hold(audit_tx, KEEPER, EBBA, hold.hold_id, now=NOW)
    assert await release_kept(audit_tx, KEEPER, ledger, now=NOW + timedelta(days=1)) == 2

    assert await look(audit_tx, KEEPER, CHILD, (ANNA,)) == []
    (answer,) = await answers(audit_tx)
    assert (answer.subject_id, answer.destroyed) == (CHILD, {"actor-keys": 2, "subject-keys": 2, "kept-messages": 0})
    assert len({(line.log_id, line.token) for line in ledger.lines()}) == 4
    log = await logs.find(audit_tx, "o5ek", 2026)
    assert log is not None
    said = [decode(row.stored) for row in await entries.between(audit_tx, 2026, log.log_id, 0, 100)]
    assert [(one.action, one.count) for one in said if one.action.startswith("person.")] == [
        ("person.erasure-held", 5),
        ("person.erased", 5),
    ]


async def answers(tx: Connection) -> list[Erased]:
    return [msgspec.json.decode(row["body"], type=Erased) for row in await tx.fetch("select body from outbox where name = 'erased'")]


async def test_a_hold_on_a_child_holds_in_next_years_log_too(audit_tx: Connection) -> None:
    await stage(audit_tx)
    await laid(audit_tx, on())
    later = NOW + timedelta(days=60)
    await append_entries(audit_tx, KEEPER, Producer("consent").send(make_entry(at=later)), epoch=0, now=later)

    found = await look(audit_tx, KEEPER, CHILD, ())

    assert [(one.log.organisation, one.log.year, one.kept) for one in found] == [
        ("o5ek", 2026, True),
        ("o8st", 2026, False),
        ("o5ek", 2027, True),
    ]


@pytest.fixture
async def staged(audit_db: Database) -> Database:
    """The stage, committed, for what only two transactions at once show."""
    async with audit_db.transaction() as tx:
        await stage(tx)
    return audit_db


async def waits(tx: Connection) -> bool:
    """Whether anybody waits for a lock. The view of the locks is live within a transaction, that of the sessions is not."""
    return bool(await tx.fetchval("select exists (select from pg_locks where not granted)"))


async def test_what_destroys_waits_for_a_hold_that_is_being_laid_and_two_destroy_once(staged: Database, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "erased.ndjson")

    async def erase() -> None:
        async with staged.transaction() as tx:
            await erase_person(tx, EVENT, keeper=KEEPER, ledger=ledger, now=NOW)

    async with staged.transaction() as tx:
        made = await place_hold(tx, KEEPER, DISA, on(), now=NOW)
        erasing = asyncio.create_task(erase())
        await eventually(lambda: waits(tx))
    await erasing

    assert isinstance(made, Hold)
    async with staged.transaction() as tx:
        left = await look(tx, KEEPER, CHILD, ())
        assert [(one.log.organisation, one.kept) for one in left] == [("o5ek", True)]
        await lift_hold(tx, KEEPER, EBBA, made.hold_id, now=NOW)

    async def release() -> int:
        async with staged.transaction() as tx:
            return await release_kept(tx, KEEPER, ledger, now=NOW)

    released = await asyncio.gather(release(), release())

    assert sorted(released) == [0, 2]
    async with staged.transaction() as tx:
        (answer,) = await answers(tx)
    assert answer.destroyed == {"actor-keys": 2, "subject-keys": 2, "kept-messages": 0}


async def test_an_erasure_locks_the_logs_in_the_order_that_the_sequencer_takes_them_in(audit_db: Database, tmp_path: Path) -> None:
    somebody = opaque_id()
    async with audit_db.transaction() as tx:
        await make_world(tx, "zz-first", "aa-second")
        sent = [make_entry(organisation=name, subject=somebody) for name in ("zz-first", "aa-second")]
        await append_entries(tx, KEEPER, Producer("consent").send(*sent), epoch=0, now=NOW)
        first, second = [await logs.find(tx, name, 2026) for name in ("zz-first", "aa-second")]
        assert first is not None
        assert second is not None
        assert first.log_id < second.log_id

    async def erase() -> None:
        async with audit_db.transaction() as tx:
            event = PersonErased(erasure_id=opaque_id(), subject_id=somebody, principals=(), erased_at=NOW)
            await erase_person(tx, event, keeper=KEEPER, ledger=Ledger(tmp_path / "erased.ndjson"), now=NOW)

    async with audit_db.transaction() as tx:
        await logs.lock(tx, [first.log_id])
        erasing = asyncio.create_task(erase())
        await eventually(lambda: waits(tx))
        free = await tx.fetch("select log_id from log_state where log_id = $1 for update skip locked", second.log_id)
    await erasing

    assert [row["log_id"] for row in free] == [second.log_id]
