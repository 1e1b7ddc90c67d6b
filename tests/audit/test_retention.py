"""A year past its time loses who it was and none of its proofs; two officers say so, a hold keeps what it is on (rules 32 to 34, A24)."""

from datetime import date, timedelta
from pathlib import Path

import asyncpg
import msgspec
import pytest
from samsyn_verify.note import read_keys
from samsyn_verify.proof import check_proof
from samsyn_verify.verdict import WHOLE

from services.audit.domain.holds import Hold, Kind, Reason
from services.audit.domain.leaf import decode
from services.audit.domain.log import Log
from services.audit.domain.retention import Retirement, State
from services.audit.storage import entries, logs, retention
from services.audit.usecases import thin_logs as thinning
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.erase_person import replay
from services.audit.usecases.erasure_ledger import Ledger
from services.audit.usecases.place_hold import NewHold, confirm_hold, lift_hold, place_hold
from services.audit.usecases.prove_inclusion import prove_inclusion
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.read_entry import read_entry
from services.audit.usecases.remember_register import remember_grant
from services.audit.usecases.retire_year import (
    Foreseen,
    Retiring,
    confirm_retirement,
    list_retirements,
    preview_retirement,
    propose_retirement,
)
from services.audit.usecases.scrub_log import scrub_step
from services.audit.usecases.thin_logs import thin_logs
from shared.contracts.entry import Entry
from shared.database import Connection
from shared.errors import Conflict, NotFound
from shared.ids import opaque_id
from tests.audit.make import KEEPER, NOW, Producer, key_of, make_entry, make_grant, make_officer, make_world

DISA, EBBA = make_officer(), make_officer(subject="ebba")
CASE = opaque_id()
LATER = NOW.replace(year=2032)
DECISION = "KS-2031/117"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "destroyed.ndjson")


async def stage(tx: Connection) -> tuple[Log, list[Entry]]:
    """2026's log, signed; five years and more have passed since."""
    await make_world(tx)
    far = LATER + timedelta(days=900)
    for subject in ("disa", "ebba"):
        await remember_grant(tx, make_grant(subject=subject, valid_until=far), now=NOW)
    sent = [make_entry(case_id=CASE), make_entry(actor="https://login.example bo", subject=opaque_id()), make_entry()]
    await append_entries(tx, KEEPER, Producer().send(*sent), epoch=0, now=NOW)
    log = await logs.find(tx, "o5ek", 2026)
    assert log is not None
    await publish_checkpoint(tx, KEEPER, log, now=NOW)
    return log, sent


async def retired(tx: Connection) -> Retirement:
    made = await propose_retirement(tx, KEEPER, DISA, "o5ek", 2026, DECISION, now=LATER)
    assert isinstance(made, Retiring), made
    confirmed = await confirm_retirement(tx, KEEPER, EBBA, made.retirement.retirement_id, now=LATER)
    assert isinstance(confirmed, Retiring)
    return confirmed.retirement


async def foreseen(tx: Connection) -> Foreseen:
    found = await preview_retirement(tx, KEEPER, DISA, "o5ek", 2026, now=LATER)
    assert isinstance(found, Foreseen)
    return found


async def test_a_thinned_year_names_nobody_and_every_proof_of_it_holds(
    audit_tx: Connection, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thinning, "STEP", 2)
    log, sent = await stage(audit_tx)
    before = await foreseen(audit_tx)
    one = await retired(audit_tx)

    turns = 0
    while await thin_logs(audit_tx, KEEPER, ledger, now=LATER):
        turns += 1

    assert (before.due_on, before.entries, before.keys, before.parts, before.kept, before.blockers) == (date(2032, 1, 1), 4, 5, 7, 0, ())
    assert turns == 2
    assert (await foreseen(audit_tx)).keys == (await foreseen(audit_tx)).parts == 0
    for entry in sent:
        opened = await read_entry(audit_tx, KEEPER, DISA, entry.entry_id, now=LATER)
        proof = await prove_inclusion(audit_tx, KEEPER, DISA, entry.entry_id, now=LATER)
        assert opened is not None
        assert isinstance(proof, bytes)
        assert (opened.erased, opened.seen.intact) == (True, True)
        assert check_proof(proof, keys=read_keys(key_of(log.origin))).exit == WHOLE
    assert await scrub_step(audit_tx, log, now=LATER)
    (shown,) = await listed(audit_tx)
    assert (shown.retirement.state, shown.logs[0].keys, shown.logs[0].parts, shown.logs[0].upto) == (State.THINNED, 5, 7, 4)
    current = await logs.find(audit_tx, "o5ek", 2032)
    assert current is not None
    acts = [decode(row.stored) for row in await entries.between(audit_tx, 2032, current.log_id, 0, 100)]
    (said,) = [act for act in acts if act.action == "log.thinned"]
    assert (said.count, said.query, said.object_id) == (5, ("year=2026", f"decision={DECISION}", "parts=7"), str(one.retirement_id))


async def listed(tx: Connection) -> list[Retiring]:
    found = await list_retirements(tx, KEEPER, DISA, "o5ek", now=LATER)
    assert isinstance(found, list)
    return found


async def test_a_key_store_that_was_put_back_is_thinned_again_at_start(audit_tx: Connection, ledger: Ledger) -> None:
    await stage(audit_tx)
    backup = [tuple(row) for row in await audit_tx.fetch("select log_id, lookup, token, wrapped_key from keystore.person")]
    await retired(audit_tx)
    await thin_logs(audit_tx, KEEPER, ledger, now=LATER)
    await audit_tx.execute("delete from keystore.person")
    await audit_tx.copy_records_to_table(
        "person", schema_name="keystore", records=backup, columns=("log_id", "lookup", "token", "wrapped_key")
    )

    assert await replay(audit_tx, ledger) == 5

    assert (await foreseen(audit_tx)).keys == 0


async def test_a_hold_keeps_what_it_is_on_and_the_year_is_done_when_it_is_lifted(audit_tx: Connection, ledger: Ledger) -> None:
    await stage(audit_tx)
    wanted = NewHold(organisation="o5ek", kind=Kind.LEGAL, reason=Reason.COURT, review_on=date(2040, 1, 1), case_id=CASE)
    hold = await place_hold(audit_tx, KEEPER, DISA, wanted, now=LATER)
    assert isinstance(hold, Hold)
    assert (await foreseen(audit_tx)).kept == 2
    await retired(audit_tx)

    for _ in range(3):
        await thin_logs(audit_tx, KEEPER, ledger, now=LATER)

    (shown,) = await listed(audit_tx)
    assert (shown.retirement.state, shown.logs[0].keys, shown.logs[0].parts, shown.logs[0].kept) == (State.CONFIRMED, 3, 3, 2)
    assert isinstance(await confirm_hold(audit_tx, KEEPER, EBBA, hold.hold_id, now=LATER), Hold)
    for officer in (DISA, EBBA):
        await lift_hold(audit_tx, KEEPER, officer, hold.hold_id, now=LATER)
    for _ in range(2):
        await thin_logs(audit_tx, KEEPER, ledger, now=LATER)
    (shown,) = await listed(audit_tx)
    assert (shown.retirement.state, shown.logs[0].keys, shown.logs[0].parts, shown.logs[0].kept) == (State.THINNED, 5, 7, 0)


async def test_a_year_is_thinned_by_two_and_never_before_its_time(audit_tx: Connection, ledger: Ledger) -> None:
    await stage(audit_tx)
    early = LATER.replace(year=2031)
    too_early = await propose_retirement(audit_tx, KEEPER, DISA, "o5ek", 2026, DECISION, now=early)
    made = await propose_retirement(audit_tx, KEEPER, DISA, "o5ek", 2026, DECISION, now=LATER)
    assert isinstance(made, Retiring)

    again = await propose_retirement(audit_tx, KEEPER, EBBA, "o5ek", 2026, DECISION, now=LATER)
    alone = await confirm_retirement(audit_tx, KEEPER, DISA, made.retirement.retirement_id, now=LATER)
    done = await thin_logs(audit_tx, KEEPER, ledger, now=LATER)

    assert [(one.code, one.detail) for one in (too_early, again, alone) if isinstance(one, Conflict)] == [
        ("retention-blocked", "not-due"),
        ("retention-blocked", "already-proposed"),
        ("another-officer-needed", None),
    ]
    assert done == 0
    stranger = msgspec.structs.replace(DISA, subject="tea")
    refused = [
        await preview_retirement(audit_tx, KEEPER, stranger, "o5ek", 2026, now=LATER),
        await propose_retirement(audit_tx, KEEPER, stranger, "o5ek", 2026, DECISION, now=LATER),
        await confirm_retirement(audit_tx, KEEPER, stranger, made.retirement.retirement_id, now=LATER),
        await list_retirements(audit_tx, KEEPER, stranger, "o5ek", now=LATER),
        await preview_retirement(audit_tx, KEEPER, DISA, "o5ek", 2025, now=LATER),
    ]
    assert {type(one) for one in refused} == {NotFound}


async def test_a_log_that_stopped_adding_up_is_neither_confirmed_nor_thinned_on(audit_tx: Connection, ledger: Ledger) -> None:
    log, _ = await stage(audit_tx)
    made = await propose_retirement(audit_tx, KEEPER, DISA, "o5ek", 2026, DECISION, now=LATER)
    assert isinstance(made, Retiring)
    await logs.halt(audit_tx, log.log_id, "row-read-back-differs", 1, LATER)

    stopped = await confirm_retirement(audit_tx, KEEPER, EBBA, made.retirement.retirement_id, now=LATER)
    await retention.save(audit_tx, msgspec.structs.replace(made.retirement, state=State.CONFIRMED), LATER)
    done = await thin_logs(audit_tx, KEEPER, ledger, now=LATER)

    assert isinstance(stopped, Conflict)
    assert (stopped.code, stopped.detail) == ("retention-blocked", "stopped")
    assert done == 0
    assert (await foreseen(audit_tx)).keys == 5


async def test_the_service_deletes_no_person_part_of_a_log_that_nobody_retired(audit_tx: Connection) -> None:
    log, _ = await stage(audit_tx)

    with pytest.raises(asyncpg.RaiseError, match="not retired"):
        await retention.thin(audit_tx, log, 0, 4, [])
