"""The routes over a real server and PostgreSQL: C2SP paths, the officer's work, and one and the same 404."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest
from litestar.connection import ASGIConnection
from samsyn_verify.archive import check_archive
from samsyn_verify.merkle import Tree, is_consistent, leaf_hash
from samsyn_verify.note import open_checkpoint, read_keys
from samsyn_verify.proof import check_proof
from samsyn_verify.verdict import WHOLE

from services.audit.app import routes_of
from services.audit.events.sequencer import Sequencer
from services.audit.usecases.append_entries import append_entries
from services.audit.usecases.raise_flags import WatchLogs
from shared import telemetry
from shared.auth import Caller, Kind
from shared.contracts.consent import Child, ChildFound
from shared.contracts.processing import Processing, ProcessingFound, ProcessingRecord
from shared.database import Database
from shared.http import Runtime, make_app
from shared.serve import listen, port_of, serving
from tests.audit.make import CHILD, ISSUER, KEEPER, NOW, SIGNER, Producer, make_entry, make_officer, make_world

LOG = "/v1/logs/o5ek/2026"
REFERENCE = UUID(int=77)
OFFICER = make_officer()
CALLERS = {
    "disa": OFFICER,
    "weak": msgspec.structs.replace(OFFICER, acr="http://id.elegnamnden.se/loa/1.0/loa2"),
    "teacher": make_officer(subject="tea"),
    "scopeless": msgspec.structs.replace(OFFICER, scopes=frozenset()),
    "journal": Caller(
        kind=Kind.SYSTEM, issuer=ISSUER, subject="journal", client_id="journal", organisation="o5ek", scopes=frozenset({"audit:read"})
    ),
}


async def authenticate(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
    return CALLERS.get(connection.headers.get("authorization", ""))


AGREED = ProcessingRecord(
    agreement_id=UUID(int=5),
    model="hlt-team",
    model_version=1,
    model_name_sv="HLT-team",
    model_name_en="HLT team",
    valid_from=NOW,
    valid_until=NOW + timedelta(days=300),
    in_force=True,
    signed_by="Skolchef",
    parties=("o2rg", "o5ek"),
    purposes=("P_SUPPORT", "P_CARE"),
    categories=("plan",),
    received_by=("H_REG",),
    age_from=6,
    age_to=19,
    consent_months=12,
)


class Consent:
    """The other houses' answers that audit needs."""

    async def __call__(self, question: Any, /, *, within: float = 2.0) -> Any:
        assert within > 0
        if isinstance(question, Processing):
            return ProcessingFound(records=(AGREED,), rules="ab")
        assert isinstance(question, Child)
        return ChildFound(subject_id=CHILD if question == Child(organisation="o5ek", child_ref=REFERENCE) else None)


@pytest.fixture(scope="module")
async def sent(audit_db: Database) -> list[UUID]:
    """300 entries, taken in and signed."""
    SIGNER.forget()  # before the fixture of each test: this one lives as long as the file
    entries = [make_entry() for _ in range(300)]
    async with audit_db.transaction() as tx:
        await make_world(tx)
        await append_entries(tx, KEEPER, Producer().send(*entries), epoch=0, now=NOW)
    sequencer = Sequencer(audit_db, KEEPER)
    assert await sequencer.publish(NOW) == 2
    await sequencer.close()
    return [entry.entry_id for entry in entries]


@pytest.fixture(scope="module")
async def client(audit_db: Database, sent: list[UUID]) -> AsyncIterator[httpx2.AsyncClient]:
    assert sent
    telemetry.set_up("audit", None)
    runtime = Runtime(database=audit_db, ask=Consent(), authenticate=authenticate, public_url="https://audit.example", clock=lambda: NOW)
    sock = listen(port=0)
    async with (
        serving(make_app(house="audit", routes=routes_of(KEEPER), runtime=runtime), sock),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port_of(sock)}", headers={"Authorization": "disa"}, trust_env=False) as made,
    ):
        yield made


async def test_a_client_of_the_standard_rebuilds_the_log_from_its_paths(client: httpx2.AsyncClient) -> None:
    as_system = {"Authorization": "journal"}
    keys = read_keys((await client.get(f"{LOG}/key", headers=as_system)).text)
    answer = await client.get(f"{LOG}/checkpoint", headers=as_system)
    head = open_checkpoint(answer.content, keys)

    tree, hashes = Tree(), b""
    for path in ("000", "001.p/45"):
        data = (await client.get(f"{LOG}/tile/entries/{path}", headers=as_system)).content
        hashes += (await client.get(f"{LOG}/tile/0/{path}", headers=as_system)).content
        while data:
            length = int.from_bytes(data[:2], "big")
            tree.extend([leaf_hash(data[2 : 2 + length])])
            assert leaf_hash(data[2 : 2 + length]) == hashes[(tree.size - 1) * 32 : tree.size * 32]
            data = data[2 + length :]

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert (head.origin, head.size, head.root) == ("audit.samsyn.example/audit/o5ek/2026", 301, tree.root())


async def test_only_full_hash_tiles_may_be_kept_by_caches(client: httpx2.AsyncClient) -> None:
    full, partial = await client.get(f"{LOG}/tile/0/000"), await client.get(f"{LOG}/tile/0/001.p/45")

    assert "immutable" in full.headers["cache-control"]
    assert partial.headers["cache-control"] == "no-store"


async def test_two_sizes_are_proven_consistent(client: httpx2.AsyncClient, audit_db: Database) -> None:
    answer = (await client.get(f"{LOG}/consistency/256/301")).json()
    hashes = (await client.get(f"{LOG}/tile/0/000")).content
    old = Tree()
    old.extend([hashes[i * 32 : i * 32 + 32] for i in range(256)])
    async with audit_db.connection() as connection:
        root = await connection.fetchval("select root from checkpoint where size = 301")

    assert is_consistent(256, 301, [base64.b64decode(h) for h in answer["hashes"]], old.root(), root)


async def test_the_officer_searches_opens_proves_and_exports(client: httpx2.AsyncClient, sent: list[UUID], tmp_path: Path) -> None:
    found = await client.post("/v1/searches", json={"child_ref": str(REFERENCE), "answer": "yes", "limit": 3})
    page = found.json()
    assert [entry["index"] for entry in page["entries"]] == [300, 299, 298]
    assert page["entries"][0]["entry"]["entry_id"] == str(sent[-1])
    nobody = await client.post("/v1/searches", json={"child_ref": str(UUID(int=78))})
    assert nobody.json()["entries"] == []

    opened = (await client.get(f"/v1/entries/{sent[3]}")).json()
    assert (opened["actor"], opened["intact"], opened["actor_matches_seal"]) == (f"{ISSUER} anna", True, True)

    keys = read_keys((await client.get(f"{LOG}/key")).text)
    proof = await client.get(f"/v1/proofs/{sent[3]}")
    assert check_proof(proof.content, keys=keys).exit == WHOLE

    archive = await client.post("/v1/exports", json={"organisation": "o5ek", "year": 2026})
    (tmp_path / "log.zip").write_bytes(archive.content)
    verdict = check_archive(tmp_path / "log.zip", keys=keys, kept=[(await client.get(f"{LOG}/checkpoint")).content])
    assert (archive.headers["content-type"], verdict.findings, verdict.exit) == ("application/zip", [], WHOLE)


async def test_what_is_not_yet_signed_is_asked_for_again(client: httpx2.AsyncClient) -> None:
    await client.get(f"/v1/entries/{UUID(int=1)}")  # a miss: an entry in the log, after the checkpoint
    page = (await client.post("/v1/searches", json={"action": "access.refused"})).json()

    answer = await client.get(f"/v1/proofs/{page['entries'][0]['entry']['entry_id']}")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{LOG}/checkpoint", None),
        ("GET", f"{LOG}/key", None),
        ("GET", f"{LOG}/tile/0/000", None),
        ("GET", f"{LOG}/tile/entries/000", None),
        ("GET", f"{LOG}/consistency/1/2", None),
        ("POST", "/v1/searches", {"organisation": "o5ek"}),
        ("POST", "/v1/exports", {"organisation": "o5ek", "year": 2026}),
    ],
)
async def test_not_yours_and_unknown_are_the_same_404(
    client: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    teacher = {"Authorization": "teacher"}
    unknown_body = {**body, "organisation": "o0xx"} if body else None

    not_yours = await client.request(method, path, json=body, headers=teacher)
    unknown = await client.request(method, path.replace("o5ek", "o0xx"), json=unknown_body, headers=teacher)

    assert not_yours.status_code == unknown.status_code == 404
    assert not_yours.content == unknown.content
    assert _stable(not_yours) == _stable(unknown)


async def test_entries_not_yours_and_unknown_are_the_same_404(client: httpx2.AsyncClient, sent: list[UUID]) -> None:
    teacher = {"Authorization": "teacher"}
    for path in ("/v1/entries", "/v1/proofs"):
        not_yours = await client.get(f"{path}/{sent[0]}", headers=teacher)
        unknown = await client.get(f"{path}/{UUID(int=3)}", headers=teacher)

        assert (not_yours.status_code, not_yours.content, _stable(not_yours)) == (404, unknown.content, _stable(unknown))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/logs/o5ek/1/checkpoint",
        "/v1/logs/o5ek/99999999999999999999/checkpoint",
        "/v1/logs/%00/2026/checkpoint",
        f"{LOG}/tile/0/0",
        f"{LOG}/tile/64/000",
        f"{LOG}/tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        f"{LOG}/consistency/0/99999999999999999999",
        f"{LOG}/consistency/5/4",
        "/v1/proofs/nothing",
    ],
)
async def test_what_can_be_no_path_of_a_log_is_404(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"limit": 0}, "#/limit"),
        ({"limit": "3"}, "#/limit"),
        ({"before": 2**60}, "#/before"),
        ({"actor": "x"}, "#/actor"),
        ({"actor": "0" * 32 + "\n"}, "#/actor"),
        ({"organisation": "O5EK"}, "#/organisation"),
        ({"year": 1}, "#/year"),
        ({"name": "anna"}, "#/name"),
    ],
)
async def test_bad_searches_are_400_with_a_pointer(client: httpx2.AsyncClient, body: dict[str, Any], pointer: str) -> None:
    answer = await client.post("/v1/searches", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_a_weak_login_gets_a_challenge_and_a_missing_scope_a_no(client: httpx2.AsyncClient) -> None:
    weak = await client.get(f"{LOG}/checkpoint", headers={"Authorization": "weak"})
    scopeless = await client.get(f"{LOG}/checkpoint", headers={"Authorization": "scopeless"})
    system = await client.post("/v1/searches", json={}, headers={"Authorization": "journal"})

    assert weak.status_code == 401
    assert "insufficient_user_authentication" in weak.headers["www-authenticate"]
    assert (scopeless.status_code, system.status_code) == (403, 403)


def _stable(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in {"date", "samsyn-trace"}}


async def test_a_childs_line_is_read_in_one_order_and_by_its_officer_alone(client: httpx2.AsyncClient) -> None:
    page = (await client.post("/v1/timelines", json={"child_ref": str(REFERENCE), "limit": 2})).json()
    older = (await client.post("/v1/timelines", json={"child_ref": str(REFERENCE), "limit": 1, "before": page["next_before"]})).json()
    teacher = await client.post("/v1/timelines", json={"child_ref": str(REFERENCE)}, headers={"Authorization": "teacher"})
    by_name = (await client.post("/v1/searches", json={"professional": "anna", "purpose": "P_SUPPORT", "limit": 1})).json()

    assert [line["kind"] for line in page["lines"]] == ["decision", "decision"]
    assert older["lines"][0]["entry"]["entry_id"] < page["lines"][-1]["entry"]["entry_id"]
    assert (page["logs"], teacher.status_code, by_name["entries"]) == (["audit.samsyn.example/audit/o5ek/2026"], 404, [])


async def test_a_part_of_the_log_is_exported_with_its_proofs(client: httpx2.AsyncClient, tmp_path: Path) -> None:
    asked = {"organisation": "o5ek", "year": 2026, "child_ref": str(REFERENCE), "until": (NOW + timedelta(days=1)).isoformat()}
    answer = await client.post("/v1/exports", json=asked, timeout=60)  # the first paper of a process takes its time
    (tmp_path / "part.zip").write_bytes(answer.content)
    trust = (await client.get(f"{LOG}/key")).text + (await client.get("/v1/attest/key")).text

    verdict = check_archive(tmp_path / "part.zip", keys=read_keys(trust))

    assert (verdict.exit, verdict.findings) == (WHOLE, [])
    assert ("step-scope", {"count": 300, "size": 301, "rest": 1}) in verdict.done
    assert "o5ek-2026-scope.zip" in answer.headers["content-disposition"]


async def test_numbers_come_as_json_and_csv_and_ones_own_look_ups_to_anybody(client: httpx2.AsyncClient) -> None:
    told = (await client.get("/v1/statistics/2026")).json()
    lines = (await client.get("/v1/statistics/2026/csv")).text.splitlines()
    teacher = {"Authorization": "teacher"}
    mine = (await client.get("/v1/mine", headers=teacher)).json()

    assert (told["year"], lines[0]) == (2026, "organisation;quarter;model;measure;count")
    assert len(lines) == 1 + len(told["cells"])
    assert (await client.get("/v1/statistics/2026", headers=teacher)).status_code == 404
    assert (await client.get("/v1/statistics/1999")).status_code == 404
    assert {line["entry"]["action"] for line in mine["entries"]} == {"access.refused"}


async def test_the_record_of_processing_comes_in_three_forms_and_to_the_officer_alone(client: httpx2.AsyncClient) -> None:
    told = (await client.get("/v1/processing")).json()
    lines = (await client.get("/v1/processing/csv")).text.splitlines()
    paper = (await client.get("/v1/processing/markdown")).text

    assert (told["organisation"], told["activities"][0]["model"], told["log"]["kept_years"]) == ("o5ek", "hlt-team", 5)
    assert len(lines) == 2
    assert "P_SUPPORT P_CARE" in lines[1]
    assert "## HLT-team (hlt-team, 1)" in paper
    assert (await client.get("/v1/processing", headers={"Authorization": "teacher"})).status_code == 404


async def test_flags_are_listed_and_marked_by_the_officer_alone(client: httpx2.AsyncClient, audit_db: Database) -> None:
    await WatchLogs(audit_db).run_once(NOW)
    teacher = {"Authorization": "teacher"}
    found = (await client.post("/v1/flags", json={"rule": "refused"})).json()["flags"]
    marking = {"index": found[0]["index"], "rule": "refused", "mark": "seen"}

    refused = await client.post("/v1/flag-marks", json=marking, headers=teacher)
    marked = await client.post("/v1/flag-marks", json=marking)
    unknown = await client.post("/v1/flag-marks", json={**marking, "rule": "unheard-of"})
    left = (await client.post("/v1/flags", json={"rule": "refused"})).json()["flags"]

    assert (found[0]["entry"]["action"], found[0]["en"]) == ("access.refused", "Somebody without a grant tried.")
    assert (refused.status_code, unknown.status_code, marked.json()) == (404, 404, {"index": marking["index"], "mark": "seen"})
    assert marking["index"] not in {one["index"] for one in left}
    assert (await client.post("/v1/flags", json={}, headers=teacher)).status_code == 404


async def test_the_root_logs_tiles_key_and_witnesses_are_there_for_whoever_reads_logs(client: httpx2.AsyncClient) -> None:
    note = (await client.get("/v1/root/checkpoint")).content
    head = open_checkpoint(note, read_keys((await client.get("/v1/root/key")).text))
    bundle = await client.get(f"/v1/root/tile/entries/000.p/{head.size}")
    tile = await client.get(f"/v1/root/tile/0/000.p/{head.size}")
    witnesses = (await client.get("/v1/root/witnesses")).json()

    hashes = [tile.content[at : at + 32] for at in range(0, len(tile.content), 32)]
    entries = []
    data = bundle.content
    while data:
        size = int.from_bytes(data[:2], "big")
        entries.append(data[2 : 2 + size])
        data = data[2 + size :]
    assert [leaf_hash(entry) for entry in entries] == hashes
    grown = Tree()
    grown.extend(hashes)
    assert grown.root() == head.root
    assert (witnesses["state"], witnesses["size"], witnesses["known"]) == ("none-demanded", head.size, [])
    assert (await client.get("/v1/root/tile/0/000")).status_code == 404
    assert (await client.get("/v1/root/witnesses", headers={"Authorization": "scopeless"})).status_code == 403
