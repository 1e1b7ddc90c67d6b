"""What the houses say of their subjects: everything that an organisation may send or get is there, and real messages fit it."""

import re
from typing import Any

import httpx2
import jsonschema
import msgspec
import pytest

from deploy.embedded.home import Running
from shared.contracts.register import ReviewOverdue
from shared.ids import opaque_id
from tests.journeys.openapi import HOUSES, KINDS
from tests.journeys.test_bad_input import READY


@pytest.fixture(scope="module")
async def told(running_suite: Running) -> dict[str, Any]:
    """Each house's document, asked for by nobody in particular."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        answers = {house: await http.get(f"{running_suite.addresses[house]}/asyncapi.json") for house in HOUSES}
    assert {answer.status_code for answer in answers.values()} == {200}
    return {house: answer.json() for house, answer in answers.items()}


def channels(told: dict[str, Any]) -> dict[str, Any]:
    return {name: channel for document in told.values() for name, channel in document["channels"].items()}


async def test_every_operation_of_a_system_has_its_subject_its_request_and_its_answer(told: dict[str, Any]) -> None:
    found = channels(told)

    assert {name: channel["address"] for name, channel in found.items() if channel["address"] and not name.startswith("notice-")} == {
        name: f"samsyn.{kind}.{{organisation}}.{name}" for name, kind in KINDS.items()
    }
    assert all("answer" in found[f"{name}-reply"]["messages"] for name in KINDS)
    keyed = {name for name in KINDS if "Idempotency-Key" in str(found[name]["messages"]["message"].get("headers"))}
    assert keyed == {name for name, kind in KINDS.items() if kind == "in"}


async def test_every_notice_has_its_subject(told: dict[str, Any]) -> None:
    addresses = {channel["address"] for name, channel in channels(told).items() if name.startswith("notice-")}

    assert {f"samsyn.out.{{organisation}}.sharing.{name}" for name in ("delivery", "stopped", "receipt", "review-overdue")} <= addresses
    assert all(re.fullmatch(r"samsyn\.out\.\{organisation\}\.(consent|sharing)\.[a-z-]+", address) for address in addresses)


async def test_every_reference_leads_somewhere(told: dict[str, Any]) -> None:
    for document in told.values():
        for reference in re.findall(r'"\$ref": ?"#/([^"]+)"', msgspec.json.encode(document).decode()):
            at: Any = document
            for part in reference.split("/"):
                at = at[part]
            assert at


async def test_real_bodies_fit_what_is_said_of_them_and_others_do_not(told: dict[str, Any]) -> None:
    def check(house: str, channel: str, body: Any) -> list[str]:
        document = told[house]
        payload = document["channels"][channel]["messages"]["message"]["payload"]
        schema = {**payload, "components": document["components"]}
        return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(body)]

    notice = {"since": "2026-01-01T00:00:00Z", "due_at": "2026-06-30T00:00:00Z", "findings": 2, "unheld": False}
    assert msgspec.convert(notice, ReviewOverdue).findings == 2
    fits = {name: READY[name] for name in ("items", "receipt", "confirm", "matter")} | {"fetch": {"delivery_id": str(opaque_id())}}

    assert [check("sharing", name, body) for name, body in fits.items()] == [[]] * len(fits)
    assert check("sharing", "notice-review-overdue", notice) == []
    assert check("sharing", "fetch", {"delivery": "x"})
    assert check("sharing", "notice-review-overdue", {**notice, "findings": "two"})
