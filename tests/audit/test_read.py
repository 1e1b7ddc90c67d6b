"""Signing, proving, searching, opening: only for the officer, and every reading is an entry first."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import proofbundle.tlogproof as other
import pytest
from samsyn_verify.note import read_keys
from samsyn_verify.proof import check_proof
from samsyn_verify.verdict import BROKEN, CANNOT_TELL, WHOLE

from services.audit.domain import checkpoint, tree
from services.audit.domain import leaf as leaves
from services.audit.domain.log import Log, LogBrokenError
from services.audit.domain.tiles import TilePath
from services.audit.storage import checkpoints, entries, logs
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.check_logs import organisation_of
from services.audit.usecases.prove_consistency import prove_consistency
from services.audit.usecases.prove_inclusion import Pending, inclusion_path, prove_inclusion
from services.audit.usecases.publish_checkpoint import due_logs, publish_checkpoint
from services.audit.usecases.read_entry import read_entry
from services.audit.usecases.read_log import read_checkpoint, read_key, read_tiles
from services.audit.usecases.remember_register import remember_grant, remember_organisation
from services.audit.usecases.search_entries import Search, search_entries
from shared.auth import Caller, Kind
from shared.contracts.entry import Entry
from shared.database import Connection
from tests.audit.make import (
    CHILD,
    ISSUER,
    KEEPER,
    NOW,
    Producer,
    key_of,
    make_entry,
    make_grant,
    make_officer,
    make_organisation,
    make_world,
)

OFFICER = make_officer()
CASE = UUID(int=4)


async def log_of(tx: Connection, organisation: str = "o5ek") -> Log:
    log = await logs.find(tx, organisation, 2026)
    assert log is not None
    return log


async def fill(tx: Connection, *sent: Entry) -> Log:
    await make_world(tx, "o5ek", "o8st")
    await append_entries(tx, KEEPER, Producer().send(*sent), epoch=1, now=NOW)
    return await log_of(tx)


async def last_leaf(tx: Connection, organisation: str = "o5ek") -> leaves.Leaf:
    log = await log_of(tx, organisation)
    state = await logs.state(tx, log.log_id)
    (row,) = await entries.between(tx, 2026, log.log_id, state.size - 1, state.size)
    return leaves.decode(row.stored)


async def test_a_checkpoint_is_signed_once_per_change_and_second(audit_tx: Connection) -> None:
    log = await fill(audit_tx, make_entry())

    first = await publish_checkpoint(audit_tx, KEEPER, log, now=NOW)
    assert first is not None
    assert (await publish_checkpoint(audit_tx, KEEPER, log, now=NOW + timedelta(seconds=5))) is None

    await search_entries(audit_tx, KEEPER, OFFICER, Search(organisation="o5ek"), now=NOW)
    assert log in await due_logs(audit_tx)
    assert await publish_checkpoint(audit_tx, KEEPER, log, now=NOW + timedelta(milliseconds=900)) is None
    second = await publish_checkpoint(audit_tx, KEEPER, log, now=NOW + timedelta(seconds=1))
    assert second is not None
    seen = checkpoint.verify(second.note, key_of(log.origin))
    assert seen is not None
    assert (first.size, seen.size, seen.origin) == (2, 3, "audit.samsyn.example/audit/o5ek/2026")


async def test_a_proof_verifies_with_the_stand_alone_verifier_and_with_somebody_elses(audit_tx: Connection) -> None:
    sent = [make_entry() for _ in range(20)]
    log = await fill(audit_tx, *sent)
    key = key_of(log.origin)

    assert isinstance(await prove_inclusion(audit_tx, KEEPER, OFFICER, sent[7].entry_id, now=NOW), Pending)
    assert await publish_checkpoint(audit_tx, KEEPER, log, now=NOW)
    proof = await prove_inclusion(audit_tx, KEEPER, OFFICER, sent[7].entry_id, now=NOW)

    assert isinstance(proof, bytes)
    (row,) = await entries.between(audit_tx, 2026, log.log_id, 8, 9)
    verdict = check_proof(proof, keys=read_keys(key))
    assert (verdict.exit, verdict.log) == (WHOLE, log.origin)
    assert other.verify_tlog_proof(proof.decode(), row.stored, key)["ok"]
    assert (await last_leaf(audit_tx)).action == "proof.read"

    assert check_proof(proof.replace(b"index 8", b"index 9"), keys=read_keys(key)).exit == BROKEN
    assert check_proof(proof, keys=read_keys(key), entry=row.stored.replace(b"yes", b"no")).exit == BROKEN
    assert check_proof(proof, keys=None).exit == CANNOT_TELL
    assert check_proof(proof[:-9], keys=read_keys(key)).exit == CANNOT_TELL
    assert check_proof(b"x", keys=read_keys(key)).exit == CANNOT_TELL


@pytest.mark.parametrize("count", [1, 255, 256, 600])
async def test_every_proof_from_tiles_leads_to_the_signed_root(audit_tx: Connection, count: int) -> None:
    log = await fill(audit_tx, *(make_entry() for _ in range(count)))
    signed = await publish_checkpoint(audit_tx, KEEPER, log, now=NOW)
    assert signed is not None
    rows = await entries.between(audit_tx, 2026, log.log_id, 0, signed.size)

    for row in rows[:: max(1, count // 50)]:
        path = await inclusion_path(audit_tx, log, row, signed.size)
        assert tree.verify_inclusion(tree.leaf_hash(row.stored), row.entry_index, signed.size, path, signed.root)
    grown = tree.Range()
    for row in rows:
        grown.append(tree.leaf_hash(row.stored))
        if grown.size % max(1, count // 30) == 0:
            consistent = await prove_consistency(audit_tx, KEEPER, OFFICER, "o5ek", 2026, grown.size, signed.size, now=NOW)
            assert consistent is not None
            assert tree.verify_consistency(grown.size, signed.size, consistent, grown.root(), signed.root)


async def test_a_search_narrows_pages_and_is_itself_an_entry(audit_tx: Connection) -> None:
    wanted = [make_entry(case_id=CASE, answer="no") for _ in range(3)]
    await fill(audit_tx, make_entry(), *wanted, make_entry(case_id=CASE))

    search = Search(organisation="o5ek", case_id=CASE, answer="no", limit=2)
    page = await search_entries(audit_tx, KEEPER, OFFICER, search, now=NOW)

    assert page is not None
    assert [seen.index for seen in page.entries] == [4, 3]
    assert all(seen.intact for seen in page.entries)
    assert page.next_before == 3
    said = await last_leaf(audit_tx)
    assert (said.action, said.count) == ("log.searched", 2)
    assert said.query == (f"case_id={CASE}", "answer=no")
    rest = await search_entries(
        audit_tx, KEEPER, OFFICER, Search(organisation="o5ek", case_id=CASE, answer="no", limit=2, before=3), now=NOW
    )
    assert rest is not None
    assert ([seen.index for seen in rest.entries], rest.next_before) == ([2], None)


@pytest.mark.parametrize(
    ("fields", "indexes"),
    [
        ({"action": "delivery.fetched"}, [2]),
        ({"unit": "o5ek-u1"}, [3]),
        ({"since": NOW + timedelta(minutes=1)}, [4]),
        ({"until": NOW + timedelta(minutes=1), "unit": "o5ek-u2"}, [2, 1]),
        ({"subject_id": CHILD}, [4, 3, 2]),
        ({"subject_id": UUID(int=99)}, []),
        ({"object_id": UUID(int=5)}, [1]),
    ],
)
async def test_each_filter(audit_tx: Connection, fields: dict[str, object], indexes: list[int]) -> None:
    await fill(
        audit_tx,
        make_entry(subject=None, object_id=UUID(int=5)),
        make_entry(action="delivery.fetched"),
        make_entry(unit="o5ek-u1"),
        make_entry(at=NOW + timedelta(minutes=2)),
    )

    page = await search_entries(audit_tx, KEEPER, OFFICER, Search(organisation="o5ek", **fields), now=NOW)  # type: ignore[arg-type]

    assert page is not None
    assert [seen.index for seen in page.entries] == indexes


async def test_who_an_actor_is_is_shown_on_opening_and_that_is_an_entry(audit_tx: Connection) -> None:
    sent = make_entry()
    await fill(audit_tx, sent)

    opened = await read_entry(audit_tx, KEEPER, OFFICER, sent.entry_id, now=NOW)

    assert opened is not None
    assert (opened.actor, opened.erased, opened.actor_fits) == (f"{ISSUER} anna", False, True)
    said = await last_leaf(audit_tx)
    assert (said.action, said.object_id) == ("entry.read", str(sent.entry_id))


@pytest.mark.parametrize(
    "grant",
    [
        {"role": "counsellor"},
        {"unit": "o5ek-u1"},
        {"revoked_at": NOW - timedelta(seconds=1)},
        {"valid_until": NOW},
        {"valid_from": NOW + timedelta(seconds=1)},
        {"organisation": "o8st"},
    ],
)
async def test_a_grant_that_is_wrong_in_one_way_reads_nothing(audit_tx: Connection, grant: dict[str, Any]) -> None:
    sent = make_entry()
    await fill(audit_tx, sent)
    await remember_grant(audit_tx, make_grant(subject="eva", **grant), now=NOW)
    eva = make_officer(subject="eva")

    assert await search_entries(audit_tx, KEEPER, eva, Search(organisation="o5ek"), now=NOW) is None
    assert await read_entry(audit_tx, KEEPER, eva, sent.entry_id, now=NOW) is None
    assert await prove_inclusion(audit_tx, KEEPER, eva, sent.entry_id, now=NOW) is None
    assert await read_checkpoint(audit_tx, KEEPER, eva, "o5ek", 2026, now=NOW) is None


async def test_a_refused_try_lies_in_the_owners_log_and_a_miss_in_the_actors(audit_tx: Connection) -> None:
    sent = make_entry()
    await fill(audit_tx, sent)
    stranger = make_officer("o8st", subject="sten")

    assert await read_entry(audit_tx, KEEPER, stranger, sent.entry_id, now=NOW) is None
    owners = await last_leaf(audit_tx)
    assert await read_entry(audit_tx, KEEPER, stranger, UUID(int=1), now=NOW) is None
    actors = await last_leaf(audit_tx, "o8st")
    assert await search_entries(audit_tx, KEEPER, make_officer("o0xx"), Search(organisation="o0xx"), now=NOW) is None
    nobodys = await last_leaf(audit_tx, "o1op")

    assert (owners.action, owners.answer, owners.actor_organisation, owners.object_id) == (
        "access.refused",
        "refused",
        "o8st",
        str(sent.entry_id),
    )
    assert (actors.action, actors.actor_organisation, actors.object_id) == ("access.refused", None, None)
    assert (nobodys.action, nobodys.actor_organisation) == ("access.refused", "o0xx")


async def test_a_grant_that_arrives_late_does_not_replace_a_newer_one(audit_tx: Connection) -> None:
    await fill(audit_tx)
    grant = make_grant(subject="eva", revision=7, revoked_at=NOW)
    await remember_grant(audit_tx, grant, now=NOW)
    await remember_grant(audit_tx, make_grant(subject="eva", grant_id=grant.grant_id, revision=6), now=NOW)

    assert await search_entries(audit_tx, KEEPER, make_officer(subject="eva"), Search(organisation="o5ek"), now=NOW) is None


async def test_an_organisations_own_system_may_fetch_its_log_and_no_other(audit_tx: Connection) -> None:
    log = await fill(audit_tx, *(make_entry() for _ in range(300)))
    await publish_checkpoint(audit_tx, KEEPER, log, now=NOW)
    system = Caller(
        kind=Kind.SYSTEM, issuer=ISSUER, subject="journal", client_id="journal", organisation="o5ek", scopes=frozenset({"audit:read"})
    )

    note = await read_checkpoint(audit_tx, KEEPER, system, "o5ek", 2026, now=NOW)
    line = await read_key(audit_tx, KEEPER, system, "o5ek", 2026, now=NOW)

    assert note is not None
    assert line is not None
    assert checkpoint.verify(note, line)
    assert await read_checkpoint(audit_tx, KEEPER, system, "o8st", 2026, now=NOW) is None
    full = await read_tiles(audit_tx, KEEPER, system, "o5ek", 2026, TilePath(0, 0, 256), now=NOW)
    partial = await read_tiles(audit_tx, KEEPER, system, "o5ek", 2026, TilePath(0, 1, 45), now=NOW)
    upper = await read_tiles(audit_tx, KEEPER, system, "o5ek", 2026, TilePath(1, 0, 1), now=NOW)
    assert full is not None
    assert partial is not None
    assert (len(full), len(partial)) == (8192, 45 * 32)
    assert upper == tree.subtree([full[i : i + 32] for i in range(0, 8192, 32)])
    assert await read_tiles(audit_tx, KEEPER, system, "o5ek", 2026, TilePath(0, 1, 46), now=NOW) is None
    assert await read_tiles(audit_tx, KEEPER, system, "o5ek", 2026, TilePath(0, 9, 1), now=NOW) is None


async def test_a_bundle_of_entries_hashes_to_its_tile_and_is_a_reading(audit_tx: Connection) -> None:
    log = await fill(audit_tx, make_entry(), make_entry())
    await publish_checkpoint(audit_tx, KEEPER, log, now=NOW)

    data = await read_tiles(audit_tx, KEEPER, OFFICER, "o5ek", 2026, TilePath(None, 0, 3), now=NOW)
    hashes = await read_tiles(audit_tx, KEEPER, OFFICER, "o5ek", 2026, TilePath(0, 0, 3), now=NOW)

    assert data is not None
    found = []
    while data:
        length = int.from_bytes(data[:2], "big")
        found.append(tree.leaf_hash(data[2 : 2 + length]))
        data = data[2 + length :]
    assert b"".join(found) == hashes
    said = await last_leaf(audit_tx)
    assert (said.action, said.query, said.count) == ("bundle.read", ("from=0", "to=3"), 3)


async def test_an_erased_person_is_gone_and_every_proof_still_holds(as_owner: Connection) -> None:
    sent = make_entry()
    log = await fill(as_owner, sent, make_entry(actor=f"{ISSUER} bo"))
    await publish_checkpoint(as_owner, KEEPER, log, now=NOW)
    before = await prove_inclusion(as_owner, KEEPER, OFFICER, sent.entry_id, now=NOW)
    (row,) = await entries.between(as_owner, 2026, log.log_id, 1, 2)

    await as_owner.execute("delete from keystore.person where token = $1", bytes.fromhex(leaves.decode(row.stored).actor))

    opened = await read_entry(as_owner, KEEPER, OFFICER, sent.entry_id, now=NOW)
    assert opened is not None
    assert (opened.actor, opened.erased, opened.seen.intact) == (None, True, True)
    after = await prove_inclusion(as_owner, KEEPER, OFFICER, sent.entry_id, now=NOW)
    assert before == after
    assert isinstance(after, bytes)
    assert check_proof(after, keys=read_keys(key_of(log.origin))).exit == WHOLE
    assert await publish_checkpoint(as_owner, KEEPER, log, now=NOW + timedelta(seconds=2))
    # The child of the same entry has a key of its own and is untouched.
    found = await search_entries(as_owner, KEEPER, OFFICER, Search(organisation="o5ek", subject_id=CHILD), now=NOW)
    assert found is not None
    assert len(found.entries) == 2


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        ("update entry set stored = stored || ' '::bytea where entry_index = 2", "row-altered"),
        ("delete from entry where entry_index = 2", "hash-missing at index 2"),
        ("update entry set leaf_hash = sha256('x') where entry_index = 0", "root-differs"),
        ("update log_state set size = 1", "smaller-than-published"),
        ("update log_state set root = sha256('x')", "root-differs"),
    ],
)
async def test_nothing_is_signed_over_rows_that_were_changed(as_owner: Connection, attack: str, reason: str) -> None:
    log = await fill(as_owner, make_entry())
    await publish_checkpoint(as_owner, KEEPER, log, now=NOW)
    producer = Producer("consent")
    await append_entries(as_owner, KEEPER, producer.send(make_entry(), make_entry()), epoch=1, now=NOW)

    await as_owner.execute(attack)

    with pytest.raises(LogBrokenError, match=reason):
        await publish_checkpoint(as_owner, KEEPER, log, now=NOW + timedelta(seconds=2))
    signed = await checkpoints.last(as_owner, log.log_id)
    assert signed is not None
    assert signed.size == 2


async def test_a_systems_organisation_is_what_the_register_said_last(audit_tx: Connection) -> None:
    await make_world(audit_tx)
    event = msgspec.structs.replace(make_organisation("o5ek", revision=5), systems=(f"{ISSUER} journal",))
    await remember_organisation(audit_tx, event, keeper=KEEPER, now=NOW)
    assert await organisation_of(audit_tx, ISSUER, "journal") == "o5ek"

    await remember_organisation(audit_tx, make_organisation("o5ek", revision=4), keeper=KEEPER, now=NOW)
    assert await organisation_of(audit_tx, ISSUER, "journal") == "o5ek"
    await remember_organisation(audit_tx, make_organisation("o5ek", revision=6), keeper=KEEPER, now=NOW)
    assert await organisation_of(audit_tx, ISSUER, "journal") is None
