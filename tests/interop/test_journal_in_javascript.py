"""Steps 3 to 5 of the demo's story with the clinic's journal system in JavaScript (nats.js and jose) and the school's in Python."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import msgspec
import pytest
from samsyn_connect.client import Written

from deploy.demo.delivery import Sent, confirm_and_send, give_permit
from deploy.demo.narrator import Narrator
from deploy.demo.questions import ASSESSMENT, ATTENDANCE, ask_the_family, decide, may_i_tell
from deploy.demo.stage import Stage
from deploy.embedded.home import CHECKOUT, Running
from shared.clock import utc_now
from shared.ids import new_id
from tests.connect.play import ATTENDED, OverHttp
from tests.eventually import eventually
from tests.interop.node import node, packages

EXAMPLE = CHECKOUT / "services/sharing/connect/examples/javascript/receive.mjs"
SETTINGS = ("organisation", "issuer", "client_id", "bus_url", "bus_audience", "client_key", "signing_key", "unit_keys")


class Journal:
    """The clinic's journal system: a folder of records, and a program that takes what waits each time it is run."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        config = stage.kit_config("o2rg")
        self.records = folder / "records"
        self.records.mkdir()
        self._config = folder / "config.json"
        settings = {name: str(getattr(config, name)) for name in SETTINGS}
        self._config.write_text(json.dumps({**settings, "records": str(self.records)}), encoding="utf-8")

    def run(self) -> str:
        """What it said."""
        script = shutil.copy(EXAMPLE, packages())
        done = subprocess.run([*node(), script, str(self._config)], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def filed(self, about: str) -> dict[str, Any]:
        """What it has about a child, by category."""
        records = [json.loads(path.read_text(encoding="utf-8")) for path in self.records.iterdir()]
        return {one["binding"]["category"]: one for one in records if one["child"].get("number") == about}


class School:
    """The school's system, with the kit in Python: sends over NATS, and reads its inbox over HTTP."""

    def __init__(self, stage: Stage, sent: Sent, http: httpx2.AsyncClient) -> None:
        self._stage = stage
        self._connection = sent.school.connection
        self._inbox = OverHttp(stage, "o5ek", http).transport

    async def send(self, permit: Any, item: Any, content: dict[str, Any]) -> Any:
        """One item of a permit: accepted, or refused with a reason."""
        child = {"number": self._stage.family.child.number, "name": self._stage.family.child.name}
        written = Written(bound=item["binding"], author="Kim Ek, skolkurator", child=child, content=content)
        return (await self._connection.send(UUID(permit["permit_id"]), [written], now=utc_now(), request_id=str(new_id())))[0]

    async def receipts(self) -> list[str]:
        """What the recipients say that they have done, oldest first."""
        return [notice.body["state"] for notice in await self._inbox.inbox() if notice.name == "receipt"]


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


async def test_it_plays_the_clinic_of_the_demo_from_the_notice_to_the_stop(
    running_suite: Running, http: httpx2.AsyncClient, tmp_path: Path
) -> None:
    async with Stage(running_suite, Narrator(lambda _: None)) as stage:
        journal = Journal(stage, tmp_path)
        await eventually(lambda: journal.run() == "", within=60)  # what other tests left for the clinic
        for organisation in ("o5ek", "o2rg"):
            await OverHttp(stage, organisation, http).empty()
        decision = await ask_the_family(stage, await may_i_tell(stage))
        number, counsellor = stage.family.child.number, await stage.staff("counsellor", "sharing")

        # 3: three items sent, one of them surplus and refused (the story's own step checks that). 4: the two are taken and filed
        sent = await confirm_and_send(stage, decision)
        school = School(stage, sent, http)
        said = journal.run()

        assert sorted(said.splitlines()) == ["attendance from o5ek-u1", "pupil-health from o5ek-u2"]
        filed = journal.filed(number)
        assert sent.secret in filed["pupil-health"]["content"]["summary"]
        assert filed["attendance"]["content"]["absent_days"] == ATTENDED["absent_days"]
        assert "OSL 12:2" in msgspec.json.encode(filed["pupil-health"]["note"]).decode()
        assert await school.receipts() == ["stored", "stored"]
        assert journal.run() == "", "what was taken is not taken twice"

        # 5: one waits, one is confirmed and not yet sent, and a guardian says stop
        permit = await give_permit(stage, await decide(stage, counsellor, ATTENDANCE, ASSESSMENT))
        later = await give_permit(stage, await decide(stage, counsellor, ASSESSMENT))
        attendance, assessment = permit["items"]
        content = filed["pupil-health"]["content"]
        assert (await school.send(permit, assessment, content)).accepted
        guardian = await stage.citizen(stage.family.guardians[0].number)
        (consent,) = (await stage.call(guardian, "GET", "consent", "/v1/consents", expect=200))["consents"]
        await stage.call(guardian, "POST", "consent", f"/v1/consents/{consent['consent_id']}/withdrawal", {}, expect=200)
        assert (await school.send(later, later["items"][0], content)).reason == "consent-withdrawn"
        assert (await school.send(permit, attendance, ATTENDED)).accepted, "it never stood on consent"

        heard: list[str] = []

        async def all_told() -> bool:
            heard.extend(journal.run().splitlines())
            return len(heard) >= len(expected)

        expected = ["attendance from o5ek-u1", "not released: not-released", "stopped: deleted here", "stopped: never fetched"]
        await eventually(all_told)
        assert sorted(heard) == expected
        assert list(journal.filed(number)) == ["attendance"], "the assessment is out of the records again"
        assert sorted(await school.receipts()) == ["deleted", "stored", "stored", "stored"]
