"""The client kit's example in JavaScript as the clinic's journal system: nats.js and jose against the real houses, over the bus."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from deploy.demo.stage import Stage
from deploy.embedded.home import CHECKOUT, Running
from shared.clock import utc_now
from shared.ids import new_id
from tests.connect import play
from tests.connect.play import OverHttp
from tests.interop.node import node, packages

EXAMPLE = CHECKOUT / "services/sharing/connect/examples/javascript/receive.mjs"
SETTINGS = ("organisation", "issuer", "client_id", "bus_url", "bus_audience", "client_key", "signing_key", "unit_keys")


@pytest.fixture(scope="module")
async def stage(running_suite: Running) -> AsyncIterator[Stage]:
    async with play.stage(running_suite) as made:
        yield made


def receive(stage: Stage, folder: Path) -> "subprocess.CompletedProcess[str]":
    """As a journal system would: one run takes what waits."""
    config = stage.kit_config("o2rg")
    (folder / "config.json").write_text(json.dumps({name: str(getattr(config, name)) for name in SETTINGS}), encoding="utf-8")
    script = shutil.copy(EXAMPLE, packages())
    return subprocess.run([*node(), script, str(folder / "config.json")], capture_output=True, text=True, timeout=60, check=False)


async def test_it_opens_what_the_school_sealed_and_its_receipt_counts(stage: Stage, tmp_path: Path) -> None:
    permitted = await play.permit(stage)
    async with httpx2.AsyncClient(trust_env=False) as http:
        school, clinic = OverHttp(stage, "o5ek", http), OverHttp(stage, "o2rg", http)
        sent = await school.connection.send(
            UUID(permitted["permit_id"]), [play.attendance(stage, permitted)], now=utc_now(), request_id=str(new_id())
        )

        done = receive(stage, tmp_path)

        assert (done.returncode, done.stderr) == (0, "")
        assert "attendance from o5ek-u1" in done.stdout
        assert await clinic.deliveries(stage.case_id) == []
        notices = [one.body for one in await school.transport.inbox() if one.name == "receipt"]
        assert {"delivery_id": str(sent[0].delivery_id), "state": "stored"}.items() <= notices[-1].items()

        assert "attendance from o5ek-u1" not in receive(stage, tmp_path).stdout
