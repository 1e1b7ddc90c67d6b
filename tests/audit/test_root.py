"""The root log over all logs' checkpoints, and the scrubber: every manipulation of what is stored is found (rules 1, 17 and 48)."""

import hashlib
import time
from datetime import timedelta

import pytest

from services.audit.domain import checkpoint
from services.audit.domain.log import ROOT, ROOT_YEAR, Log, LogBrokenError
from services.audit.events.sequencer import Sequencer
from services.audit.storage import checkpoints, entries, logs, roots
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.grow_root import INTERVAL, find_root, grow_root
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.scrub_log import STEP, next_log, scrub_step
from shared.database import Connection, Database
from tests.audit.make import KEEPER, NOW, SIGNER, Producer, key_of, make_entry, make_world


async def filled(tx: Connection, count: int = 600) -> Log:
    await make_world(tx)
    await append_entries(tx, KEEPER, Producer().send(*(make_entry() for _ in range(count))), epoch=0, now=NOW)
    log = await logs.find(tx, "o5ek", 2026)
    assert log is not None
    assert await publish_checkpoint(tx, KEEPER, log, now=NOW)
    return log


async def test_each_checkpoint_is_a_leaf_of_the_root_log_once_and_the_root_is_signed_every_five_seconds(audit_tx: Connection) -> None:
    log = await filled(audit_tx, 3)

    assert await grow_root(audit_tx, KEEPER, now=NOW) == 1
    assert await grow_root(audit_tx, KEEPER, now=NOW) == 0
    root = await find_root(audit_tx)
    assert root is not None
    signed = await checkpoints.last(audit_tx, root.log_id)
    own = await checkpoints.last(audit_tx, log.log_id)
    assert signed is not None
    assert own is not None
    assert checkpoint.verify(signed.note, key_of("audit.samsyn.example/audit/root")) is not None
    (leaf,) = await entries.between(audit_tx, ROOT_YEAR, root.log_id, 0, 10)
    assert leaf.stored == hashlib.sha256(own.note).hexdigest().encode()
    assert await roots.find(audit_tx, root.log_id, log.log_id, 1) == (0, own.note)

    await append_entries(audit_tx, KEEPER, Producer("consent").send(make_entry()), epoch=0, now=NOW)
    await publish_checkpoint(audit_tx, KEEPER, log, now=NOW + timedelta(seconds=1))
    assert await grow_root(audit_tx, KEEPER, now=NOW + timedelta(seconds=1)) == 1
    assert await checkpoints.last(audit_tx, root.log_id) == signed
    assert await grow_root(audit_tx, KEEPER, now=NOW + INTERVAL) == 0
    later = await checkpoints.last(audit_tx, root.log_id)
    assert later is not None
    assert (signed.size, later.size) == (1, 2)


async def test_the_scrubber_goes_on_where_it_was_and_says_when_a_round_was_whole(audit_tx: Connection) -> None:
    log = await filled(audit_tx, STEP + 5)

    assert not await scrub_step(audit_tx, log, now=NOW)
    half = await roots.scrubbed(audit_tx, log.log_id)
    assert await scrub_step(audit_tx, log, now=NOW + timedelta(seconds=1))
    whole = await roots.scrubbed(audit_tx, log.log_id)

    assert half is not None
    assert whole is not None
    assert (half.next_index, half.whole_at) == (STEP, None)
    assert (whole.next_index, whole.whole_size, whole.whole_at) == (0, STEP + 6, NOW + timedelta(seconds=1))
    due = await next_log(audit_tx)
    assert due is not None
    assert due.log_id != log.log_id


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        ("update entry set stored = stored || ' '::bytea where entry_index = 77", "row-altered at index 77"),
        ("delete from entry where entry_index = 77", "row-altered at index 77"),
        ("delete from entry where entry_index >= 590", "row-missing at index 590"),
        (
            "update entry e set stored = s.stored, leaf_hash = s.leaf_hash from entry s where s.entry_index = 78 and e.entry_index = 77",
            "tile-altered-level-0 at index 0",
        ),
        ("update entry set stored = 'x', leaf_hash = sha256('\\x00'::bytea || 'x') where entry_index = 555", "root-differs-from-signed"),
        ("update tile set hashes = root || substr(hashes, 33) where n = 1", "tile-altered-level-0 at index 256"),
        ("update tile set root = sha256('x') where n = 0", "tile-altered-level-0 at index 0"),
        (
            """insert into entry (year, log_id, entry_index, entry_id, stored, leaf_hash, sequenced_at)
            select year, log_id, 700, gen_random_uuid(), stored, leaf_hash, sequenced_at from entry where entry_index = 7""",
            "row-beyond-end at index 700",
        ),
        ("delete from entry_fact where entry_index = 300", "search-incomplete"),
    ],
)
async def test_what_a_superuser_changes_is_found_by_the_next_round(as_owner: Connection, attack: str, reason: str) -> None:
    log = await filled(as_owner)
    assert await scrub_step(as_owner, log, now=NOW)

    await as_owner.execute(attack)

    began = time.perf_counter()
    with pytest.raises(LogBrokenError, match=reason):
        await scrub_step(as_owner, log, now=NOW)
    print(f"\nfound in {1000 * (time.perf_counter() - began):.0f} ms of scrubbing: {reason}")  # noqa: T201  rule 48: with a stated time


async def test_the_sequencer_publishes_all_logs_and_then_their_root_and_a_root_begun_anew_is_found(audit_db: Database) -> None:
    async with audit_db.transaction() as tx:
        await filled(tx, 2)
    sequencer = Sequencer(audit_db, KEEPER)
    try:
        assert await sequencer.publish(NOW) == 1  # the operator's; the other was signed above
        async with audit_db.transaction() as tx:
            root = await logs.find(tx, ROOT, ROOT_YEAR)
            assert root is not None
            assert (await logs.state(tx, root.log_id)).size == 2
            assert await logs.unsigned(tx) == []
        SIGNER.office.sign(root.origin, SIGNER.office.last(root.origin) or pytest.fail("unsigned"), [], now=NOW)
        while await sequencer.scrub(NOW):
            pass
        for _ in range(3):
            await sequencer.scrub(NOW)
        async with audit_db.transaction() as tx:
            assert [(await roots.scrubbed(tx, n)) is not None for n in (root.log_id,)] == [True]
            assert not await logs.any_halted(tx)
    finally:
        await sequencer.close()
