"""The last step of the story: the data-protection officer draws a sample that nobody could steer, one finding is followed to its end."""

import asyncio
import shutil
import sys
from collections.abc import Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from deploy.demo.stage import Stage, until
from shared.clock import utc_now

OWNER = "o5ek"
SHARE = 25
"""Percent of each unit's entries."""
ONLY = ("samsyn_verify", "cryptography", "cffi", "_cffi_backend", "pycparser")
"""The verifier and what it is installed with; nothing else is there when it runs."""


async def review(stage: Stage) -> None:
    """Plan, draw, ask, answer, sign by another; then the export and the sample, checked where there is only the verifier."""
    tell = stage.narrator
    tell.step("The officer reviews: a sample that nobody could steer, a question, an answer, and another officer's signature")
    officer, second = await stage.staff("school-dpo", "audit"), await stage.staff("school-dpo-2", "audit")
    now = utc_now()
    wanted = {
        "since": (now - timedelta(days=30)).isoformat(),
        "until": now.isoformat(),
        "share": SHARE,
        "due": (now + timedelta(days=30)).isoformat(),
    }
    plan = await stage.call(officer, "POST", "audit", "/v1/reviews", wanted, expect=200)
    tell.say(f"The plan is an entry: {SHARE} % of each unit's acts. What is drawn follows from the log's next signed root.")
    draw = await until(lambda: _draw(stage, officer, plan["plan_id"]), "a checkpoint over the plan")
    tell.show(
        "drawn", f"{len(draw['drawn'])} entries, seed: root over {draw['seed']['size']} entries, plan was number {draw['plan_index']}"
    )
    path = f"/v1/reviews/{plan['plan_id']}"
    index = next(one["index"] for one in draw["drawn"] if one["unit"] == f"{OWNER}-u2")
    await stage.call(officer, "POST", "audit", f"{path}/questions", {"index": index, "question": "which-case"}, expect=200)
    manager = await stage.staff("manager", "audit")
    waiting = (await stage.call(manager, "GET", "audit", "/v1/review-questions", expect=200))["questions"]
    put = next(one for one in waiting if one["finding"]["plan_id"] == plan["plan_id"])
    tell.show("the manager is asked", f"which case was entry {index}, {put['entry']['action']}, for?")
    await stage.call(manager, "POST", "audit", f"{path}/explanations", {"index": index, "explanation": "within-duty"}, expect=200)
    verdict = {"index": index, "verdict": "in-order"}
    refused = await officer.post(f"{stage.urls['audit']}{path}/signatures", json=verdict)
    tell.check("who asked may not sign", holds=refused.status_code == 409, seen=refused.status_code)  # noqa: PLR2004
    signed = await stage.call(second, "POST", "audit", f"{path}/signatures", verdict, expect=200)
    tell.check("asked, answered and signed off by another officer", holds=signed["state"] == "signed", seen=signed)
    await _check_alone(stage, officer, draw)


async def _draw(stage: Stage, officer: Any, plan_id: str) -> Any:
    answer = await officer.post(f"{stage.urls['audit']}/v1/reviews/{plan_id}/draw")
    return answer.json() if answer.status_code == 200 else None  # noqa: PLR2004


async def _check_alone(stage: Stage, officer: Any, draw: Any) -> None:
    tell, audit = stage.narrator, stage.urls["audit"]
    year = utc_now().year
    with TemporaryDirectory(prefix="samsyn-demo-") as name:
        folder = Path(name)
        (folder / "keys.txt").write_text((await officer.get(f"{audit}/v1/logs/{OWNER}/{year}/key")).text, encoding="utf-8")
        exported = await officer.post(f"{audit}/v1/exports", json={"organisation": OWNER, "year": year})
        (folder / "log.zip").write_bytes(exported.content)
        (folder / "sample.json").write_bytes(msgspec.json.encode(draw))
        alone = await asyncio.to_thread(only_the_verifier, folder / "alone")
        trust = ["--trust", str(folder / "keys.txt"), "--lang", "en"]
        for what, given in (
            ("the export is whole", ["archive", str(folder / "log.zip")]),
            ("the same sample when drawn again", ["sample", str(folder / "sample.json"), "--archive", str(folder / "log.zip")]),
        ):
            code, said = await _run_alone(alone, [*given, *trust])
            tell.check(f"{what}, says an environment that has only the verifier", holds=code == 0, seen=said)


def only_the_verifier(folder: Path) -> Path:
    """A folder with the verifier's package and its one dependency; Python is started so that it finds nothing beside it."""
    folder.mkdir()
    for name in ONLY:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        if origin.name == "__init__.py":
            shutil.copytree(origin.parent, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, folder / origin.name)
    return folder


async def _run_alone(folder: Path, arguments: Sequence[str]) -> tuple[int, str]:
    """`-I -S`: no environment variables, no installed packages, not even the folder it is started in."""
    start = f"import sys; sys.path.append({str(folder)!r}); from samsyn_verify.command import main; sys.exit(main({list(arguments)!r}))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-c", start, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return int(process.returncode or 0), said.decode()
