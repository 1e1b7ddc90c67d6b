"""The same question in every way at the running suite: over HTTP by a person, over NATS and AuthZEN by a system, and to a browser."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest

from deploy.demo.narrator import Narrator
from deploy.demo.stage import Stage
from deploy.embedded.home import Running
from tests.journeys.test_bad_input import bearer, source

QUESTION: dict[str, Any] = {
    "discloser": "S_SCH",
    "recipient": "H_REG",
    "purpose": "P_SUPPORT",
    "category": "attendance",
    "attested": {"A_MEN_TESTED": True, "A_RELEVANT": True},
    "judgements": {"necessary": True, "relevant": True, "proportionate": True},
}


@pytest.fixture(scope="module")
async def stage(running_suite: Running) -> AsyncIterator[Stage]:
    async with Stage(running_suite, Narrator(lambda _: None)) as opened:
        yield opened


async def test_every_way_gives_the_same_answer_by_the_same_rules(stage: Stage) -> None:
    base = stage.urls["sharing"]
    body = {"items": [QUESTION]}
    counsellor = await stage.staff("counsellor", "sharing")
    school = await stage.system("o5ek")
    async with httpx2.AsyncClient(trust_env=False) as http:
        send = bearer(http, source(stage, http, "sharing", "sharing:decide"))
        metadata = (await http.get(f"{base}/.well-known/authzen-configuration")).json()
        asked = {
            "subject": {"type": "regime", "id": QUESTION["discloser"]},
            "action": {"name": QUESTION["purpose"]},
            "resource": {"type": "category", "id": QUESTION["category"]},
            "context": {name: QUESTION[name] for name in ("recipient", "attested", "judgements")},
        }

        by_person = (await counsellor.send("POST", f"{base}/v1/decisions", json=body)).json()
        by_system = (await send("POST", f"{base}/v1/decision", json=body)).json()
        reply = await school.bus._connected.request("samsyn.ask.o5ek.decision", msgspec.json.encode(body), timeout=5)
        by_standard = (await send("POST", metadata["access_evaluation_endpoint"], json=asked)).json()

    by_bus = msgspec.json.decode(reply.data)
    assert metadata["policy_decision_point"] == base
    assert {tuple(item["answer"] for item in told["items"]) for told in (by_person, by_system, by_bus)} == {("yes",)}
    assert by_standard["decision"] is True
    assert len({told["rules"] for told in (by_person, by_system, by_bus, by_standard["context"])}) == 1


async def test_the_rules_and_their_style_are_served_to_a_browser_that_is_nobody(stage: Stage) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        page = await http.get(f"{stage.urls['sharing']}/rules", headers={"Accept": "text/html"})
        style = await http.get(f"{stage.urls['sharing']}/assets/samsyn.css")

    assert (page.status_code, style.status_code) == (200, 200)
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "M01" in page.text
