"""A log that can go on no more is followed by one that names it: after a restore from a copy, and after a key was stolen (rules 21, 45)."""

from datetime import timedelta

import pytest

from services.audit.domain import checkpoint
from services.audit.domain import leaf as leaves
from services.audit.domain.log import LogBrokenError
from services.audit.storage import checkpoints, entries, logs
from services.audit.usecases.append_entries import Outcome, append_entries
from services.audit.usecases.check_logs import find_trouble
from services.audit.usecases.continue_log import Lost, continue_logs, name_lost
from services.audit.usecases.grow_root import INTERVAL, find_root, grow_root
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.take_charge import halt_log
from shared.database import Connection
from tests.audit.make import KEEPER, NOW, SIGNER, Producer, key_of, make_entry, make_world
from tests.audit.test_signer import head


async def test_after_a_restore_each_log_goes_on_in_a_new_one_that_names_what_was_signed_and_nothing_waits(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    producer = Producer()
    taken = producer.send(make_entry())
    await append_entries(audit_tx, KEEPER, taken, epoch=0, now=NOW)
    old = await logs.find(audit_tx, "o5ek", 2026)
    assert old is not None
    await publish_checkpoint(audit_tx, KEEPER, old, now=NOW)
    await grow_root(audit_tx, KEEPER, now=NOW)
    root = await find_root(audit_tx)
    assert root is not None
    SIGNER.forget()
    for origin in (old.origin, root.origin):  # the copy is older than what was signed; only the signer knows
        SIGNER.office.sign(origin, head(9), [], now=NOW)

    done = await continue_logs(audit_tx, KEEPER, now=NOW)
    assert await continue_logs(audit_tx, KEEPER, now=NOW) == []

    assert [(c.follows, c.kept, c.signed) for c in done] == [(old.origin, 2, 9), (root.origin, 1, 9)]
    assert await find_trouble(audit_tx, KEEPER, now=NOW) is None
    new = await logs.find(audit_tx, "o5ek", 2026)
    assert new is not None
    assert (new.origin, new.part) == (f"{old.origin}-2", 2)
    await append_entries(audit_tx, KEEPER, [*taken, *producer.send(make_entry())], epoch=0, now=NOW)
    rows = [leaves.decode(row.stored) for row in await entries.between(audit_tx, 2026, new.log_id, 0, 9)]
    assert [row.action for row in rows] == ["log.continued", "decision.made"]  # the first lies in the part before, and not twice
    assert rows[0].query == (f"origin={old.origin}", "kept=2", "signed=9", f"root={head(9).root.hex()}")
    later = NOW + INTERVAL
    signed = await publish_checkpoint(audit_tx, KEEPER, new, now=later)
    assert signed is not None
    assert checkpoint.verify(signed.note, key_of(new.origin)) is not None
    assert await grow_root(audit_tx, KEEPER, now=later) >= 3  # both parts' checkpoints, and the old root's own
    fresh = await find_root(audit_tx)
    assert fresh is not None
    assert fresh.origin == f"{root.origin}-2"
    assert await checkpoints.last(audit_tx, fresh.log_id) is not None


async def test_after_a_theft_the_frozen_log_is_followed_and_what_came_meanwhile_is_taken(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    producer = Producer()
    log = await logs.find(audit_tx, "o5ek", 2026)
    assert log is not None
    await publish_checkpoint(audit_tx, KEEPER, log, now=NOW)
    assert SIGNER.office.freeze(log.origin, now=NOW)
    await append_entries(audit_tx, KEEPER, producer.send(make_entry()), epoch=0, now=NOW)
    with pytest.raises(LogBrokenError, match="signer-frozen") as broken:
        await publish_checkpoint(audit_tx, KEEPER, log, now=NOW + timedelta(seconds=1))
    await halt_log(audit_tx, broken.value, now=NOW)
    waiting = make_entry()
    outcomes = await append_entries(audit_tx, KEEPER, producer.send(waiting), epoch=0, now=NOW)
    assert outcomes[waiting.entry_id] is Outcome.REJECTED

    (done,) = await continue_logs(audit_tx, KEEPER, now=NOW)

    assert (done.kept, done.signed) == (2, 1)
    new = await logs.find(audit_tx, "o5ek", 2026)
    assert new is not None
    rows = [leaves.decode(row.stored) for row in await entries.between(audit_tx, 2026, new.log_id, 0, 9)]
    assert [(row.action, row.reasons) for row in rows] == [("log.continued", ("signer-frozen",)), ("decision.made", ("path-open",))]
    assert rows[1].entry_id == str(waiting.entry_id)
    assert await audit_tx.fetchval("select count(*) from quarantine") == 0
    outcomes = await append_entries(audit_tx, KEEPER, producer.send(waiting), epoch=0, now=NOW)
    assert outcomes[waiting.entry_id] is Outcome.SEQUENCED  # delivered again: the same receipt


async def test_what_nobody_has_any_more_is_named_in_the_operators_log(audit_tx: Connection) -> None:
    await make_world(audit_tx)

    await name_lost(audit_tx, KEEPER, Lost(producer="consent", first=7, last=9), now=NOW)

    log = await logs.find(audit_tx, "o1op", 2026)
    assert log is not None
    rows = [leaves.decode(row.stored) for row in await entries.between(audit_tx, 2026, log.log_id, 0, 9)]
    assert [(row.action, row.query, row.count) for row in rows][-1] == ("entries.lost", ("producer=consent", "first=7", "last=9"), 3)
