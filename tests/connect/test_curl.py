"""The example with curl and openssl alone, run against the houses."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from samsyn_connect.config import read_client_key

from deploy.demo.questions import PUPIL_HEALTH
from deploy.demo.stage import Stage
from deploy.embedded.home import CHECKOUT
from shared.clock import utc_now
from shared.ids import new_id
from tests.connect.play import OverHttp, attendance, permit

EXAMPLE = CHECKOUT / "services/sharing/connect/examples/curl/samsyn.sh"


@pytest.fixture
def clinic_by_curl(stage: Stage, tmp_path: Path) -> dict[str, str]:
    config = stage.kit_config("o2rg")
    key = read_client_key(config.client_key)
    pem = tmp_path / "client.pem"
    pem.touch(mode=0o600)
    pem.write_bytes(key.as_pem(private=True))
    return {
        "PATH": os.environ["PATH"],
        "ISSUER": config.issuer,
        "CLIENT_ID": config.client_id,
        "KID": str(key.kid),
        "KEY": str(pem),
        "SHARING_URL": config.sharing_url,
        "AUDIENCE": config.sharing_audience,
    }


def call(system: dict[str, str], *arguments: str) -> tuple[int, Any]:
    done = subprocess.run([str(EXAMPLE), *arguments], env=system, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, json.loads(done.stdout or json.dumps(done.stderr))


async def test_it_asks_for_keys_reads_the_inbox_and_confirms(
    stage: Stage, school: OverHttp, clinic: OverHttp, clinic_by_curl: dict[str, str]
) -> None:
    await clinic.empty()
    permitted = await permit(stage)
    await school.connection.send(UUID(permitted["permit_id"]), [attendance(stage, permitted)], now=utc_now(), request_id=str(new_id()))

    code, keys = call(clinic_by_curl, "POST", "/v1/keys", json.dumps({"unit": PUPIL_HEALTH}))
    assert (code, keys.get("organisation")) == (0, "o5ek"), keys
    code, inbox = call(clinic_by_curl, "GET", "/v1/inbox?after=0&wait=0")
    (notice,) = inbox["notices"]
    assert (code, notice["name"], notice["body"]["case_id"]) == (0, "delivery", stage.case_id)

    again = {**clinic_by_curl, "REQUEST_ID": str(new_id())}
    assert call(again, "POST", "/v1/inbox/confirmations", json.dumps({"ids": [notice["id"]]})) == (0, {"confirmed": 1})
    assert await clinic.deliveries(stage.case_id) == []


def test_a_no_is_a_problem_with_exit_code_22(clinic_by_curl: dict[str, str]) -> None:
    code, problem = call(clinic_by_curl, "POST", "/v1/fetch", json.dumps({"delivery_id": str(new_id())}))
    assert code == 22
    assert problem["status"] in {403, 404}


def test_may_we_tell_is_asked_without_a_child(clinic_by_curl: dict[str, str]) -> None:
    item = {"discloser": "S_EH", "recipient": "H_REG", "purpose": "P_SUPPORT", "category": "pupil-health", "age": 13, "restricted": False}
    judged = {"consent": "not-asked", "attested": {"A_RELEVANT": True}}
    judged["judgements"] = {"necessary": True, "relevant": True, "proportionate": True}
    question = json.dumps({"model": "hlt-team", "items": [{**item, **judged}]})

    code, decision = call({**clinic_by_curl, "SCOPE": "sharing:decide"}, "POST", "/v1/decision", question)
    assert (code, decision.get("hypothetical")) == (0, True), decision
    assert decision["items"][0]["answer"] == "wait"
