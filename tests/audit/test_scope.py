"""A part of a log as one file: proven entry by entry by the stand-alone verifier, and every change to it is found."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from samsyn_verify.archive import check_archive
from samsyn_verify.note import read_keys
from samsyn_verify.verdict import BROKEN, CANNOT_TELL, WHOLE, Verdict

from services.audit.http.scope_pdf import pdf_of
from services.audit.pages.officer import day, midnight
from services.audit.storage import logs
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.export_scope import Scope, export_scope
from services.audit.usecases.publish_checkpoint import publish_checkpoint
from services.audit.usecases.search_entries import Search, search_entries
from shared.database import Connection
from tests.audit.make import CHILD, KEEPER, NOW, Producer, key_of, make_entry, make_officer, make_world

DISA = make_officer()
CASE, OTHER = UUID(int=40), UUID(int=41)
ORIGIN = "audit.samsyn.example/audit/o5ek/2026"
KEYS = read_keys(f"{key_of(ORIGIN)}\n{key_of(KEEPER.attest_name)}")

Files = dict[str, bytes]


async def made(tx: Connection, **scope: object) -> Files:
    await make_world(tx)
    cases = [CASE, OTHER, OTHER, CASE, None]
    sent = [make_entry(case_id=case, at=NOW + timedelta(minutes=n)) for n, case in enumerate(cases)]
    await append_entries(tx, KEEPER, Producer().send(*sent, make_entry(subject=UUID(int=7))), epoch=0, now=NOW)
    log = await logs.find(tx, "o5ek", 2026)
    assert log is not None
    assert await publish_checkpoint(tx, KEEPER, log, now=NOW)
    out = io.BytesIO()
    wanted = Scope(organisation="o5ek", year=2026, **scope)  # type: ignore[arg-type]
    assert await export_scope(tx, KEEPER, DISA, wanted, pdf_of, out, now=NOW)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def verdict_on(files: Files, folder: Path) -> Verdict:
    with zipfile.ZipFile(folder / "scope.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return check_archive(folder / "scope.zip", keys=KEYS)


@pytest.mark.parametrize(
    ("scope", "count"),
    [
        ({"case_id": CASE}, 2),
        ({"subject_id": CHILD}, 5),
        ({"subject_id": UUID(int=8)}, 0),
        ({"since": NOW + timedelta(minutes=1), "until": NOW + timedelta(minutes=3)}, 2),
        ({"subject_id": CHILD, "case_id": OTHER, "since": NOW + timedelta(minutes=2)}, 1),
    ],
)
async def test_what_is_in_scope_is_proven_and_the_rest_are_hashes(
    audit_tx: Connection, tmp_path: Path, scope: dict[str, object], count: int
) -> None:
    files = await made(audit_tx, **scope)
    manifest = json.loads(files["manifest.json"])
    verdict = verdict_on(files, tmp_path)

    assert (verdict.exit, verdict.findings) == (WHOLE, [])
    assert (manifest["in_scope"], manifest["hashes_only"], manifest["size"]) == (count, 7 - count, 7)
    assert len(files["entries.ndjson"].splitlines()) == count
    assert files["report.pdf"].startswith(b"%PDF")
    assert str(CHILD).encode() not in b"".join(files.values())
    found = await search_entries(audit_tx, KEEPER, DISA, Search(organisation="o5ek", action="scope.exported"), now=NOW)
    assert found is not None
    assert [one.leaf.count for one in found.entries if one.leaf] == [count]


def swap(name: str, change: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: {**files, name: change(files[name])}


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (swap("entries.ndjson", lambda data: data.replace(b'"yes"', b'"no"', 1)), {"file-altered", "not-included"}),
        (swap("entries.ndjson", lambda data: data.split(b"\n", 1)[1]), {"file-altered", "scope-count", "not-included"}),
        (swap("report.pdf", lambda data: data + b" "), {"file-altered"}),
        (swap("manifest.json", lambda data: data.replace(b'"in_scope": 2', b'"in_scope": 1')), {"file-altered"}),
        (swap("manifest.note", lambda data: data.replace(b'"in_scope": 2', b'"in_scope": 1')), {"wrong-signature"}),
    ],
)
async def test_each_change_is_found(audit_tx: Connection, tmp_path: Path, spoil: Callable[[Files], Files], found: set[str]) -> None:
    files = await made(audit_tx, case_id=CASE)
    verdict = verdict_on(spoil(files), tmp_path)

    assert (verdict.exit, {code for code, _ in verdict.findings}) == (BROKEN, found)


async def test_entries_of_another_scope_are_told_even_when_signed(audit_tx: Connection, tmp_path: Path) -> None:
    files = await made(audit_tx, case_id=CASE)
    manifest = json.loads(files["manifest.json"])
    lying = json.dumps({**manifest, "scope": [f"case_id={OTHER}"]}).encode() + b"\n"
    note = await KEEPER.signer.attest(KEEPER.attest_name, lying)

    verdict = verdict_on({**files, "manifest.json": lying, "manifest.note": note}, tmp_path)

    assert {code for code, _ in verdict.findings} == {"out-of-scope"}


async def test_without_the_keys_there_is_no_verdict_and_strangers_get_no_file(audit_tx: Connection, tmp_path: Path) -> None:
    files = await made(audit_tx, case_id=CASE)
    verdict_on(files, tmp_path)

    assert check_archive(tmp_path / "scope.zip", keys=read_keys(key_of(ORIGIN))).exit == CANNOT_TELL
    assert check_archive(tmp_path / "scope.zip").exit == WHOLE
    teacher = make_officer(subject="tea")
    scope = Scope(organisation="o5ek", year=2026, case_id=CASE)
    assert not await export_scope(audit_tx, KEEPER, teacher, scope, pdf_of, io.BytesIO(), now=NOW)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "2023-12-31", "2101-01-01", "20 maj", ""])
def test_a_day_of_no_year_that_a_log_may_have_is_no_day(text: str) -> None:
    assert day(text) is None
    last = day("2100-12-31")
    assert last is not None
    assert midnight(last, after=True).year == 2101
