"""Attacks of a superuser on the stored log, each found by the stand-alone verifier from an exported archive (rule 48)."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from samsyn_verify.archive import check_archive
from samsyn_verify.note import Key, read_keys
from samsyn_verify.texts import TEXTS
from samsyn_verify.verdict import BROKEN, CANNOT_TELL, WHOLE

from deploy.embedded.postgres import SUPERUSER
from services.audit.domain.log import Log
from services.audit.domain.tree import Range, leaf_hash
from services.audit.storage import logs
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.export_archive import copy_archive
from services.audit.usecases.grow_tiles import grow_tiles
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from shared.database import Connection
from tests.audit.make import KEEPER, NOW, SIGNER, Producer, key_of, make_entry, make_world
from tests.conftest import Clone, Cluster


@pytest.fixture(autouse=True)
def signer_forgets() -> None:
    SIGNER.forget()


VERIFIER = Path(__file__).parents[2] / "services" / "audit" / "verify"
SIZES = (1, 40, 300, 601)


@pytest.fixture(scope="module")
async def superuser(cluster: Cluster, clone: Clone) -> AsyncIterator[Connection]:
    """A log of 601 entries with four checkpoints, and one who may do everything with its rows."""
    async with clone("audit") as name:
        connection = await asyncpg.connect(cluster.url(SUPERUSER, name))
        await make_world(connection)
        producer, size = Producer(), 1
        log = await log_of(connection)
        for step, wanted in enumerate(SIZES):
            await append_entries(connection, KEEPER, producer.send(*(make_entry() for _ in range(wanted - size))), epoch=1, now=NOW)
            size = wanted
            assert await publish_checkpoint(connection, KEEPER, log, now=NOW + timedelta(seconds=2 * step))
        yield connection
        await connection.close()


async def log_of(tx: Connection) -> Log:
    log = await logs.find(tx, "o5ek", 2026)
    assert log is not None
    return log


@asynccontextmanager
async def undone(connection: Connection) -> AsyncIterator[Connection]:
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()


async def export(tx: Connection, path: Path) -> Path:
    with path.open("wb") as out:
        assert await copy_archive(tx, "o5ek", 2026, out, now=NOW)
    return path


async def note_at(tx: Connection, size: int) -> bytes:
    note: bytes = await tx.fetchval(
        "select note from checkpoint where size = $1 and log_id = (select log_id from log where organisation = 'o5ek')", size
    )
    return note


def own_keys() -> list[Key]:
    return read_keys(key_of("audit.samsyn.example/audit/o5ek/2026"))


async def test_the_log_as_it_is_verifies(superuser: Connection, tmp_path: Path) -> None:
    archive = await export(superuser, tmp_path / "log.zip")

    verdict = check_archive(archive, kept=[await note_at(superuser, 40)], keys=own_keys())

    assert verdict.findings == []
    assert verdict.exit == WHOLE
    assert ("step-proofs", {"count": 3}) in verdict.done
    assert ("step-root", {"size": 601}) in verdict.done


@pytest.mark.parametrize("index", [0, 17, 299, 300, 600])
async def test_an_altered_row_is_named_by_its_index(superuser: Connection, tmp_path: Path, index: int) -> None:
    async with undone(superuser) as tx:
        await tx.execute(
            "update entry set stored = replace(convert_from(stored, 'utf8'), 'o5ek', 'o5ex')::bytea where entry_index = $1", index
        )
        archive = await export(tx, tmp_path / "log.zip")

        verdict = check_archive(archive, kept=[await note_at(tx, 40)], keys=own_keys())

    assert verdict.exit == BROKEN
    ((code, facts),) = verdict.findings
    assert (code, facts["index"]) == ("entry-altered", index)


async def test_a_deleted_row_is_named(superuser: Connection, tmp_path: Path) -> None:
    async with undone(superuser) as tx:
        await tx.execute("delete from entry where entry_index = 17")
        archive = await export(tx, tmp_path / "log.zip")

    verdict = check_archive(archive, keys=own_keys())

    assert [(code, facts["index"]) for code, facts in verdict.findings] == [("entry-missing", 17)]


async def test_a_deleted_row_of_the_right_edge_is_found(superuser: Connection, tmp_path: Path) -> None:
    async with undone(superuser) as tx:
        await tx.execute("delete from entry where entry_index = 590")
        archive = await export(tx, tmp_path / "log.zip")

    verdict = check_archive(archive, keys=own_keys())

    assert [(code, facts["first"], facts["last"]) for code, facts in verdict.findings] == [("rewritten-between", 300, 600)]


async def test_two_swapped_rows_are_named(superuser: Connection, tmp_path: Path) -> None:
    async with undone(superuser) as tx:
        await tx.execute(
            "update entry set stored = other.stored from entry as other where entry.entry_index in (3, 9)"
            " and other.entry_index = 12 - entry.entry_index and entry.log_id = other.log_id"
        )
        archive = await export(tx, tmp_path / "log.zip")

    verdict = check_archive(archive, keys=own_keys())

    assert [(code, facts["index"]) for code, facts in verdict.findings] == [("entry-altered", 3), ("entry-altered", 9)]


async def test_a_row_squeezed_in_moves_all_later_ones_and_the_first_is_named(superuser: Connection, tmp_path: Path) -> None:
    archive = await export(superuser, tmp_path / "log.zip")
    changed = rewritten(archive, tmp_path / "changed.zip", lambda rows: [*rows[:5], rows[4], *rows[5:]])

    verdict = check_archive(changed, keys=own_keys())

    assert verdict.exit == BROKEN
    assert ("entries-extra", {"count": 1, "size": 601}) in verdict.findings
    assert next(facts["index"] for code, facts in verdict.findings if code == "entry-altered") == 5


async def test_rows_and_hashes_made_anew_are_bounded_by_checkpoints_and_named_by_an_earlier_archive(
    superuser: Connection, tmp_path: Path
) -> None:
    kept = await export(superuser, tmp_path / "kept.zip")
    async with undone(superuser) as tx:
        await forge(tx, 350)
        archive = await export(tx, tmp_path / "log.zip")
        note = await note_at(tx, 300)

    verdict = check_archive(archive, kept=[note], keys=own_keys())
    against = check_archive(archive, kept=[note], keys=own_keys(), earlier=kept)

    first, *rest = verdict.findings
    assert first == ("rewritten-between", {"first": 300, "last": 600, "size": 601})
    assert {code for code, _ in rest} == {"proof-wrong"}
    code, facts = against.findings[-1]
    assert (code, facts["index"]) == ("entry-altered-since", 350)


async def test_a_log_rewritten_and_signed_anew_with_a_stolen_key_is_found_by_a_kept_checkpoint(
    superuser: Connection, tmp_path: Path
) -> None:
    kept_note = await note_at(superuser, 300)
    async with undone(superuser) as tx:
        await forge(tx, 100)
        await tx.execute("delete from checkpoint where size > 40")
        await rebuild(tx)
        log = await log_of(tx)
        assert await publish_checkpoint(tx, KEEPER, log, now=NOW + timedelta(minutes=1))
        archive = await export(tx, tmp_path / "log.zip")

    assert check_archive(archive, keys=own_keys()).exit == WHOLE
    verdict = check_archive(archive, kept=[kept_note], keys=own_keys())

    assert [(code, facts["first"], facts["last"]) for code, facts in verdict.findings] == [("rewritten-between", 40, 299)]


async def test_yesterdays_backup_is_shorter_than_a_kept_checkpoint(superuser: Connection, tmp_path: Path) -> None:
    kept_note = await note_at(superuser, 601)
    async with undone(superuser) as tx:
        await tx.execute("delete from checkpoint where size > 300")
        archive = await export(tx, tmp_path / "log.zip")

    verdict = check_archive(archive, kept=[kept_note], keys=own_keys())

    assert verdict.findings == [("log-shrank", {"signed": 601, "size": 300})]


async def test_keys_of_another_log_cannot_tell(superuser: Connection, tmp_path: Path) -> None:
    archive = await export(superuser, tmp_path / "log.zip")
    other = read_keys(key_of("audit.samsyn.example/audit/o8st/2026"))

    verdict = check_archive(archive, keys=other)

    assert verdict.exit == CANNOT_TELL
    assert verdict.findings == [("checkpoint-unknown-key", {"name": "checkpoint"})]


@pytest.mark.parametrize(
    ("name", "data", "code", "exit_code"),
    [
        ("manifest.json", b"{}", "format-unknown", CANNOT_TELL),
        ("manifest.json", b"[" * 100_000, "file-unreadable", CANNOT_TELL),
        ("checkpoint", b"x", "checkpoint-malformed", CANNOT_TELL),
        ("checkpoints.ndjson", b"{\n", "file-unreadable", CANNOT_TELL),
        ("proofs.ndjson", b'{"first": 40, "second": 601, "hashes": []}\n', "proof-wrong", BROKEN),
        ("tile/0/000", bytes(8192), "tile-altered", BROKEN),
        ("manifest.json", b"x" * (2 << 20), "file-too-large", CANNOT_TELL),
    ],
)
async def test_an_archive_changed_in_one_file(
    superuser: Connection, tmp_path: Path, name: str, data: bytes, code: str, exit_code: int
) -> None:
    archive = await export(superuser, tmp_path / "log.zip")

    verdict = check_archive(replaced(archive, tmp_path / "changed.zip", name, data), keys=own_keys())

    assert (verdict.exit, verdict.findings[0][0]) == (exit_code, code)


async def test_a_name_that_occurs_twice_cannot_tell(superuser: Connection, tmp_path: Path) -> None:
    archive = await export(superuser, tmp_path / "log.zip")
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(archive, "a") as again:
        again.writestr("checkpoint", "x")

    assert check_archive(archive, keys=own_keys()).findings == [("name-twice", {"name": "checkpoint"})]


async def test_the_command_stands_alone_and_says_it_in_both_languages(superuser: Connection, tmp_path: Path) -> None:
    trust = tmp_path / "keys.txt"
    trust.write_text("# kept\n" + key_of("audit.samsyn.example/audit/o5ek/2026") + "\n")
    earlier = tmp_path / "earlier.txt"
    earlier.write_bytes(await note_at(superuser, 40))
    whole = await export(superuser, tmp_path / "whole.zip")
    async with undone(superuser) as tx:
        await tx.execute("update entry set stored = replace(convert_from(stored, 'utf8'), 'yes', 'no')::bytea where entry_index = 7")
        altered = await export(tx, tmp_path / "altered.zip")

    good = run("archive", whole, "--checkpoint", earlier, "--trust", trust, "--lang", "en")
    bad = run("archive", altered, "--checkpoint", earlier, "--trust", trust)
    none = run("archive", trust)

    assert (good.returncode, bad.returncode, none.returncode) == (WHOLE, BROKEN, CANNOT_TELL)
    assert "WHOLE: the log audit.samsyn.example/audit/o5ek/2026 holds." in good.stdout
    assert "Posten med index 7 har ändrats." in bad.stdout
    assert "GÅR INTE ATT AVGÖRA" in none.stdout


async def test_without_a_trust_file_the_archives_own_key_is_used_and_the_verdict_says_so(superuser: Connection, tmp_path: Path) -> None:
    bare = await export(superuser, tmp_path / "log.zip")
    line = key_of("audit.samsyn.example/audit/o5ek/2026").encode()

    verdict = check_archive(replaced(bare, tmp_path / "with.zip", "keys.txt", line))

    assert verdict.exit == WHOLE
    assert ("own-keys", {}) in verdict.remarks
    assert check_archive(bare).exit == CANNOT_TELL


def test_every_sentence_says_the_same_facts_in_both_languages() -> None:
    for code, (swedish, english) in TEXTS.items():
        assert sorted(fields(swedish)) == sorted(fields(english)), code


def fields(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The verifier in a process that can import only itself and its one dependency."""
    code = f"import sys; sys.path.insert(0, {str(VERIFIER)!r}); from samsyn_verify.command import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-I", "-X", "utf8", "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False, cwd="/"
    )


def test_the_verifier_imports_nothing_of_ours() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(VERIFIER)!r}); import samsyn_verify.command; "
        "print([m for m in sys.modules if m.split('.')[0] in ('services', 'shared', 'asyncpg', 'nats', 'litestar', 'msgspec', 'socket')])"
    )

    assert subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def parts(archive: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as old:
        for name in old.namelist():
            yield name, old.read(name)


def replaced(archive: Path, to: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(to, "w") as new:
        for old_name, old in parts(archive):
            new.writestr(old_name, data if old_name == name else old)
    return to


def rewritten(archive: Path, to: Path, change: object) -> Path:
    assert callable(change)
    rows = dict(parts(archive))["entries.ndjson"].splitlines()
    assert all(json.loads(row) for row in rows)
    return replaced(archive, to, "entries.ndjson", io.BytesIO(b"\n".join(change(rows)) + b"\n").getvalue())


async def forge(tx: Connection, index: int) -> None:
    """Alter a row and everything in the database that would tell: its own hash, and the full tile it is in."""
    stored = await tx.fetchval("select stored from entry where entry_index = $1 and log_id = $2", index, (await log_of(tx)).log_id)
    forged = stored.replace(b"path-open", b"path-shut")
    await tx.execute("update entry set stored = $2, leaf_hash = $3 where entry_index = $1", index, forged, leaf_hash(forged))
    await rebuild(tx)


async def rebuild(tx: Connection) -> None:
    log = await log_of(tx)
    await tx.execute("delete from tile where log_id = $1", log.log_id)
    await grow_tiles(tx, log.log_id, 2026, 0, 601)
    grown = Range()
    for row in await tx.fetch("select leaf_hash from entry where log_id = $1 order by entry_index", log.log_id):
        grown.append(row["leaf_hash"])
    await tx.execute("update log_state set peaks = $2, root = $3 where log_id = $1", log.log_id, grown.packed(), grown.root())
