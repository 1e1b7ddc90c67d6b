"""The kit as other people run it: its commands, and the example of its README."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from deploy.demo.stage import Stage
from deploy.embedded.home import CHECKOUT, Running
from shared.clock import utc_now
from shared.ids import new_id
from tests.connect.play import OverHttp, attendance, permit

KIT = CHECKOUT / "services/sharing/connect"
ALONE: Mapping[str, str] = {**{k: v for k, v in os.environ.items() if not k.startswith("SAMSYN_")}, "PYTHONPATH": str(KIT)}
"""Only the kit can be imported: it needs nothing of the houses."""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, env=dict(ALONE), cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def config(running: Running, organisation: str) -> list[str]:
    return ["--config", str(running.home / "organisations" / organisation / "kit.toml")]


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return run("-m", "samsyn_connect.command", *arguments, folder=folder)


async def test_an_item_goes_by_the_commands_alone(running_suite: Running, stage: Stage, tmp_path: Path) -> None:
    permitted = await permit(stage)
    (tmp_path / "items.json").write_bytes(msgspec.json.encode([attendance(stage, permitted)]))

    sent = command("send", permitted["permit_id"], "items.json", *config(running_suite, "o5ek"), folder=tmp_path)
    (result,) = json.loads(sent.stdout)
    listed = command("inbox", *config(running_suite, "o2rg"), folder=tmp_path)
    fetched = command("fetch", result["delivery_id"], *config(running_suite, "o2rg"), folder=tmp_path)

    assert result["delivery_id"] in [notice["body"].get("delivery_id") for notice in json.loads(listed.stdout)]
    assert json.loads(fetched.stdout)["item"]["content"]["absent_days"] == 19.5


def test_a_unit_key_is_shown_without_its_private_half(running_suite: Running, tmp_path: Path) -> None:
    shown = json.loads(command("keys", "o2rg-u2", *config(running_suite, "o5ek"), folder=tmp_path).stdout)

    assert shown["organisation"] == "o2rg"
    assert shown["key"]["kid"].startswith("o2rg-u2-")
    assert "d" not in shown["key"]


@pytest.mark.parametrize(
    ("arguments", "code"), [(("fetch", str(UUID(int=7))), 1), (("keys", "nowhere"), 1)], ids=["unknown delivery", "unknown unit"]
)
def test_a_no_is_told_on_stderr_with_exit_code_1(running_suite: Running, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    refused = command(*arguments, *config(running_suite, "o2rg"), folder=tmp_path)

    assert refused.returncode == code
    assert refused.stdout == ""
    assert refused.stderr.strip()
    assert "Traceback" not in refused.stderr


async def test_the_example_of_the_readme_receives_what_was_sent(
    running_suite: Running, stage: Stage, school: OverHttp, clinic: OverHttp, tmp_path: Path
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (KIT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "receive.py").write_text(example, encoding="utf-8")
    permitted = await permit(stage)
    await school.connection.send(UUID(permitted["permit_id"]), [attendance(stage, permitted)], now=utc_now(), request_id=str(new_id()))

    received = run("receive.py", config(running_suite, "o2rg")[1], folder=tmp_path)

    assert received.returncode == 0, received.stderr
    assert "attendance from o5ek-u1" in received.stdout
    assert await clinic.deliveries(stage.case_id) == []
