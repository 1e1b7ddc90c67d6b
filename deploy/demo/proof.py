"""Steps 6 and 7 of the story: outsiders see nothing, and the log proves itself and betrays its own operator."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import asyncpg

from deploy.demo.inspection import dump_database
from deploy.demo.stage import Stage, until
from deploy.embedded.home import Home
from deploy.embedded.keys import Keys
from deploy.embedded.parts import python
from deploy.embedded.postgres import SUPERUSER, Postgres
from deploy.embedded.roles import database_of
from deploy.provider.browser import Browser
from shared.clock import utc_now
from shared.ids import opaque_id

OWNER = "o5ek"
COPY = "samsyn_audit_throwaway"
TRACE = "samsyn-trace"


async def outsiders_try(stage: Stage) -> None:
    """Step 6: no grant, another organisation, and an unknown case look exactly alike."""
    tell = stage.narrator
    tell.step("A colleague without a grant and someone of another organisation try to read the case")
    seen = {}
    for key in ("ungranted", "social-worker"):
        browser = await stage.staff(key, "sharing")
        person = stage.world.person(key)
        seen[key] = await _look(stage, browser, stage.case_id)
        tell.show(f"{person.title}, {person.organisation}", f"{seen[key][0]} {seen[key][1][:80]!r}")
    stranger = await stage.staff("social-worker", "sharing")
    unknown = await _look(stage, stranger, str(opaque_id()))
    tell.check("both get the same 404", holds=seen["ungranted"] == seen["social-worker"] and seen["ungranted"][0] == 404, seen=seen)  # noqa: PLR2004
    tell.check("and so does a case that does not exist: status, body and headers", holds=unknown == seen["social-worker"], seen=unknown)


async def _look(stage: Stage, browser: Browser, case_id: str) -> tuple[int, str, list[tuple[str, str]]]:
    """What an onlooker can tell apart: status, body, headers (without the values that differ for everybody)."""
    answer = await browser.get(f"{stage.urls['sharing']}/v1/cases/{case_id}")
    headers = [(name, "" if name in {TRACE, "date"} else value) for name, value in sorted(answer.headers.items())]
    return answer.status_code, answer.text, headers


async def prove(stage: Stage) -> None:
    """Step 7: the officer's list and proofs; then a superuser alters a row in a copy and is caught."""
    tell = stage.narrator
    tell.step("The data-protection officer lists the case and checks the proofs without trusting us")
    officer = await stage.staff("school-dpo", "audit")
    year = utc_now().year

    async def listed() -> Any:
        page = await stage.call(officer, "POST", "audit", "/v1/searches", {"case_id": stage.case_id, "limit": 200}, expect=200)
        tries = [e for e in page["entries"] if e["entry"]["action"] == "access.refused"]
        return page if len(tries) >= 2 else None  # noqa: PLR2004  the two of step 6

    entries = (await until(listed, "the entries reaching the log"))["entries"]
    for one in reversed(entries):
        entry = one["entry"]
        tell.show(
            f"entry {one['index']}",
            f"{entry['at'][11:19]} {entry['action']} {entry.get('answer') or ''} {' '.join(entry.get('reasons') or [])}",
        )
    tell.check("both tries of step 6 are in the log", holds=sum(e["entry"]["action"] == "access.refused" for e in entries) == 2)  # noqa: PLR2004
    with tempfile.TemporaryDirectory(prefix="samsyn-demo-") as folder:
        await _check_proofs(stage, officer, entries, year, Path(folder))
        await _catch_a_superuser(stage, officer, entries, year, Path(folder))


async def _check_proofs(stage: Stage, officer: Browser, entries: Any, year: int, folder: Path) -> None:
    tell = stage.narrator
    base = f"{stage.urls['audit']}/v1/logs/{OWNER}/{year}"
    (folder / "keys.txt").write_text((await officer.get(f"{base}/key")).text, encoding="utf-8")
    held = 0
    for one in entries:

        async def proof(entry_id: str = one["entry"]["entry_id"]) -> str | None:
            answer = await officer.get(f"{stage.urls['audit']}/v1/proofs/{entry_id}")
            return answer.text if answer.status_code == 200 else None  # noqa: PLR2004

        file = folder / f"{one['index']}.tlog-proof"
        file.write_text(await until(proof, "a checkpoint covering the entry"), encoding="utf-8")
        code, _ = await verifier("proof", str(file), "--trust", str(folder / "keys.txt"), "--lang", "en")
        held += code == 0
    tell.check(
        f"{held} proofs of inclusion hold by the stand-alone verifier, one for each entry", holds=held == len(entries) > 0, seen=held
    )
    (folder / "earlier.txt").write_text((await officer.get(f"{base}/checkpoint")).text, encoding="utf-8")
    tell.say("The officer keeps today's checkpoint: a few lines of text with the log's size, root and signature.")
    tell.show("checkpoint", " · ".join((folder / "earlier.txt").read_text(encoding="utf-8").splitlines()[:3]))


async def _catch_a_superuser(stage: Stage, officer: Browser, entries: Any, year: int, folder: Path) -> None:
    tell = stage.narrator
    tell.step("Someone with every right in the database rewrites history, in a throw-away copy, and is named")
    victim = entries[len(entries) // 2]
    await _copy_and_alter(stage, victim["entry"]["entry_id"])
    try:
        altered = folder / "altered.zip"
        await _run(
            *python("services.audit", "export", "--database-url", _url(stage, COPY), "--log", f"{OWNER}/{year}", "--out", str(altered))
        )
    finally:
        await _drop(stage)
    trust = ("--trust", str(folder / "keys.txt"), "--checkpoint", str(folder / "earlier.txt"), "--lang", "en")
    code, said = await verifier("archive", str(altered), *trust)
    for line in said.strip().splitlines()[-4:]:
        tell.show("the verifier", line)
    tell.check(f"the altered entry, number {victim['index']}, is named", holds=code == 1 and str(victim["index"]) in said, seen=said)
    live = await officer.post(f"{stage.urls['audit']}/v1/exports", json={"organisation": OWNER, "year": year})
    (folder / "live.zip").write_bytes(live.content)
    code, said = await verifier("archive", str(folder / "live.zip"), *trust)
    tell.check("the live log is whole", holds=code == 0, seen=said)


async def _copy_and_alter(stage: Stage, entry_id: str) -> None:
    """A copy of audit's database, and one byte of one row in it changed with all rights there are."""
    await _drop(stage)
    admin = await asyncpg.connect(_url(stage, "postgres"))
    try:
        await admin.execute(f"create database {COPY}")
    finally:
        await admin.close()
    dump = await dump_database(stage.running, database_of("audit"))
    database = Postgres(stage.running.home)
    await _run(str(database.binaries / "psql"), "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", _url(stage, COPY), given=dump)
    copy = await asyncpg.connect(_url(stage, COPY))
    try:
        await copy.execute(
            "update entry set stored = overlay(stored placing '\\x20' from octet_length(stored)) where entry_id = $1", entry_id
        )
    finally:
        await copy.close()


async def _drop(stage: Stage) -> None:
    admin = await asyncpg.connect(_url(stage, "postgres"))
    try:
        await admin.execute(f"drop database if exists {COPY} with (force)")
    finally:
        await admin.close()


def _url(stage: Stage, database: str) -> str:
    """The superuser's way: the attacker has every right."""
    password = Keys(Home(stage.running.home).secrets).passwords[SUPERUSER]
    return Postgres(stage.running.home).url(SUPERUSER, password, database)


async def verifier(*arguments: str) -> tuple[int, str]:
    """The stand-alone verifier as its own process: exit code and what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "samsyn_verify", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return int(process.returncode or 0), said.decode()


async def _run(*command: str, given: bytes | None = None) -> None:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate(given)
    if process.returncode:
        raise RuntimeError(f"{Path(command[0]).name} ended with {process.returncode}: {said.decode()[-500:]}")
