"""A person is erased: every proof from before holds, no byte of them is left, and no restore brings them back (rules 28, 29 and 49)."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from samsyn_verify.note import read_keys
from samsyn_verify.proof import check_proof
from samsyn_verify.verdict import WHOLE

from services.audit.domain import leaf as leaves
from services.audit.domain.log import LogBrokenError
from services.audit.events.purge import PurgeStreams
from services.audit.storage import entries, logs, people
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.compare_signed import compare_signed
from services.audit.usecases.erase_person import erase_person, look, replay
from services.audit.usecases.erasure_ledger import Ledger
from services.audit.usecases.forget_messages import REMEMBERED, forget_whom, purged
from services.audit.usecases.list_erasures import list_erasures
from services.audit.usecases.name_people import LATE
from services.audit.usecases.prove_inclusion import Pending, prove_inclusion
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.read_entry import read_entry
from shared.contracts.consent import Erased, PersonErased
from shared.database import Connection, Database
from shared.ids import opaque_id
from tests.audit.make import CHILD, ISSUER, KEEPER, NOW, SIGNER, Producer, key_of, make_entry, make_officer, make_world
from tests.audit.test_signer import head
from tests.eventually import eventually
from tests.nats_fixture import Nats

GUARDIAN = f"{ISSUER} gunn"
EVENT = PersonErased(erasure_id=opaque_id(), subject_id=CHILD, principals=(GUARDIAN,), erased_at=NOW)
OFFICER = make_officer()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "erased.ndjson")


def cut_off(ledger: Ledger) -> None:
    """The machine died while a line was written."""
    with ledger._path.open("ab") as file:
        file.write(b'{"erasure": "cut o')


async def text_of_everything(tx: Connection) -> bytes:
    tables = await tx.fetch(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'keystore')"
        " and tablename !~ '_(2[0-9]{3}|other)$' and tablename not in ('granted', 'migration')"
    )
    rows = [row for table in tables for row in await tx.fetch(f"select * from {table['name']}")]  # noqa: S608  names from the catalogue
    return b" ".join(v if isinstance(v, bytes) else str(v).encode() for row in rows for v in row.values())


async def test_after_an_erasure_proofs_from_before_hold_and_nothing_names_the_person(audit_tx: Connection, ledger: Ledger) -> None:
    await make_world(audit_tx, "o5ek", "o8st")
    sent = [make_entry(actor=GUARDIAN), make_entry(), make_entry(organisation="o8st")]
    await append_entries(audit_tx, KEEPER, [*Producer().send(*sent, b'{"half": "' + GUARDIAN.encode() + b'"}')], epoch=0, now=NOW)
    log = await logs.find(audit_tx, "o5ek", 2026)
    assert log is not None
    await publish_checkpoint(audit_tx, KEEPER, log, now=NOW)
    before = await prove_inclusion(audit_tx, KEEPER, OFFICER, sent[0].entry_id, now=NOW)
    foreseen = await look(audit_tx, KEEPER, CHILD, (GUARDIAN,))

    await erase_person(audit_tx, EVENT, keeper=KEEPER, ledger=ledger, now=NOW)
    await erase_person(audit_tx, EVENT, keeper=KEEPER, ledger=ledger, now=NOW)

    assert sorted((f.log.organisation, f.role, f.entries) for f in foreseen) == [
        ("o5ek", "actor", 1),
        ("o5ek", "subject", 2),
        ("o8st", "subject", 1),
    ]
    assert isinstance(before, bytes)
    assert check_proof(before, keys=read_keys(key_of(log.origin))).exit == WHOLE
    everything = await text_of_everything(audit_tx)
    answers = [msgspec.json.decode(r["body"], type=Erased) for r in await audit_tx.fetch("select body from outbox where name = 'erased'")]
    assert [a.destroyed for a in answers] == [{"actor-keys": 1, "subject-keys": 2, "kept-messages": 1}] * 2
    assert GUARDIAN.encode() not in everything
    opened = await read_entry(audit_tx, KEEPER, OFFICER, sent[0].entry_id, now=NOW)
    assert opened is not None
    assert opened.erased
    assert opened.actor is None
    last = [leaves.decode(row.stored) for row in await entries.between(audit_tx, 2026, log.log_id, 0, 100)]
    assert [(e.action, e.count) for e in last if e.action == "person.erased"] == [("person.erased", 3)]
    assert {line.log_id for line in ledger.lines()} >= {log.log_id}
    assert await look(audit_tx, KEEPER, CHILD, (GUARDIAN,)) == []
    (seen,) = await list_erasures(audit_tx, KEEPER, OFFICER, "o5ek", now=NOW) or []
    assert (seen.erasure_id, seen.keys_destroyed, seen.messages_destroyed, seen.streams_emptied_at) == (EVENT.erasure_id, 3, 1, None)
    assert isinstance(await prove_inclusion(audit_tx, KEEPER, OFFICER, seen.entry_id, now=NOW), Pending)
    await purged(audit_tx, [EVENT.erasure_id], now=NOW)
    (seen,) = await list_erasures(audit_tx, KEEPER, OFFICER, "o5ek", now=NOW) or []
    assert seen.streams_emptied_at == NOW
    assert await list_erasures(audit_tx, KEEPER, OFFICER, "o9kl", now=NOW) is None


async def test_an_entry_of_an_erased_person_that_comes_later_gets_no_key(audit_tx: Connection, ledger: Ledger) -> None:
    await make_world(audit_tx, "o5ek", "o8st")
    producer = Producer()
    await append_entries(audit_tx, KEEPER, producer.send(make_entry(actor=GUARDIAN)), epoch=0, now=NOW)
    await erase_person(audit_tx, EVENT, keeper=KEEPER, ledger=ledger, now=NOW)
    before = await audit_tx.fetchval("select count(*) from keystore.person")

    late = [make_entry(actor=GUARDIAN, at=NOW - timedelta(days=1)), make_entry(organisation="o8st", actor=GUARDIAN, at=NOW)]
    await append_entries(audit_tx, KEEPER, producer.send(*late), epoch=0, now=NOW)

    assert await audit_tx.fetchval("select count(*) from keystore.person") == before
    assert await look(audit_tx, KEEPER, CHILD, (GUARDIAN,)) == []
    opened = await read_entry(audit_tx, KEEPER, OFFICER, late[0].entry_id, now=NOW)
    assert opened is not None
    assert (opened.erased, opened.actor) == (True, None)
    back = make_entry(actor=GUARDIAN, at=NOW + LATE)  # the guardian has another child, and comes back
    await append_entries(audit_tx, KEEPER, producer.send(back), epoch=0, now=NOW + LATE)
    assert [(f.role, f.entries) for f in await look(audit_tx, KEEPER, CHILD, (GUARDIAN,))] == [("subject", 1), ("actor", 1)]
    await forget_whom(audit_tx, now=NOW + REMEMBERED + timedelta(seconds=1))
    assert await audit_tx.fetchval("select count(*) from keystore.erased") == 0


async def test_after_an_erasure_no_byte_of_the_person_is_left_in_the_files_of_the_streams(
    audit_db: Database, own_nats: Nats, ledger: Ledger
) -> None:
    event = PersonErased(erasure_id=opaque_id(), subject_id=opaque_id(), principals=(f"{ISSUER} greta",), erased_at=NOW)
    names = {str(event.subject_id), *event.principals}
    async with audit_db.transaction() as tx:
        await make_world(tx)
        await erase_person(tx, event, keeper=KEEPER, ledger=ledger, now=NOW)

    def held() -> set[str]:
        files = [file.read_bytes() for file in own_nats.place.store.rglob("*") if file.is_file()]
        return {text for text in names if any(text.encode() in data for data in files)}

    async with own_nats.bus("audit") as bus:
        for _ in range(20):
            await bus.js.publish(
                "samsyn.sharing.entry.v1", msgspec.json.encode(make_entry(actor=event.principals[0], subject=event.subject_id))
            )
        await eventually(lambda: held() == names)
        erasures = PurgeStreams(bus, audit_db)
        assert await erasures.run_once(NOW + timedelta(minutes=1)) == 0

        assert await erasures.run_once(NOW + timedelta(minutes=6)) == 1

        assert await erasures.run_once(NOW + timedelta(minutes=7)) == 0
        await eventually(lambda: not held())


async def test_a_key_store_that_was_put_back_is_emptied_of_the_erased_at_start(audit_tx: Connection, ledger: Ledger) -> None:
    await make_world(audit_tx)
    await append_entries(audit_tx, KEEPER, Producer().send(make_entry()), epoch=0, now=NOW)
    backup = await audit_tx.fetch("select * from keystore.person")
    await erase_person(audit_tx, EVENT, keeper=KEEPER, ledger=ledger, now=NOW)
    await audit_tx.execute("delete from keystore.person")
    rows = [people.KnownPerson(**dict(row)) for row in backup]
    await people.insert(audit_tx, rows)
    assert len(await look(audit_tx, KEEPER, CHILD, (GUARDIAN,))) == 1

    cut_off(ledger)
    assert await replay(audit_tx, ledger) == 1

    assert await look(audit_tx, KEEPER, CHILD, (GUARDIAN,)) == []
    assert await audit_tx.fetchval("select count(*) from keystore.person") == len(rows) - 1


async def test_a_database_put_back_from_a_backup_is_stopped_before_it_takes_anything(audit_tx: Connection) -> None:
    await make_world(audit_tx, "o5ek", "o8st")
    log, other = await logs.find(audit_tx, "o5ek", 2026), await logs.find(audit_tx, "o8st", 2026)
    assert log is not None
    assert other is not None
    await publish_checkpoint(audit_tx, KEEPER, other, now=NOW)
    SIGNER.office.sign(log.origin, head(9), [], now=NOW)

    behind = await compare_signed(audit_tx, KEEPER, now=NOW)

    assert [(b.log_id, b.reason, b.entry_index) for b in behind] == [(log.log_id, "smaller-than-signed", 1)]
    assert await logs.halted(audit_tx, [log.log_id, other.log_id]) == {log.log_id}
    assert isinstance(behind[0], LogBrokenError)
