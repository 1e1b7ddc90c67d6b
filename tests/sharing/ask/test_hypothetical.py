"""A question without a child: any fact may be supposed, nothing is stored, and no permit can come of it."""

from typing import Any

import httpx2 as httpx
import msgspec
import pytest

from services.sharing.http import questions
from shared import operations
from shared.ids import opaque_id
from shared.work import Work
from tests.sharing.ask.conftest import Stage
from tests.sharing.conftest import House
from tests.sharing.world import BUP, COUNSELLOR, HEALTH, PLAIN, SCHOOL, STRANGER, UNGRANTED, system

JUDGED = {"necessary": True, "relevant": True, "proportionate": True}
ATTENDANCE: dict[str, Any] = {
    "discloser": "S_SCH",
    "recipient": "H_REG",
    "purpose": "P_SUPPORT",
    "category": "attendance",
    "attested": {"A_MEN_TESTED": True, "A_RELEVANT": True},
    "judgements": JUDGED,
}
NAMED: dict[str, Any] = {
    "discloser_unit": PLAIN,
    "recipient_unit": BUP,
    "category": "attendance",
    "attested": {"A_MEN_TESTED": True, "A_RELEVANT": True},
    "judgements": JUDGED,
}
WAYS = ("/v1/decisions", "/v1/decision")


def as_asker_of(way: str, stage: Stage) -> None:
    """People ask by the one, systems by the other."""
    if way == "/v1/decision":
        stage.caller = system(SCHOOL, "sharing:decide")


async def stored(house: House) -> int:
    """Rows of everything that a question could leave behind."""
    found = await house.database.pool.fetch(
        "select id::text from outbox union all select decision_id::text from decision union all select key from idempotency"
    )
    return len(found)


@pytest.mark.parametrize("way", WAYS)
async def test_it_is_answered_with_its_whole_trace_in_words_and_leaves_nothing(
    client: httpx.AsyncClient, stage: Stage, house: House, way: str
) -> None:
    as_asker_of(way, stage)
    before = await stored(house)

    answer = await client.post(way, json={"items": [ATTENDANCE, {**ATTENDANCE, "attested": {}}]}, headers={"Idempotency-Key": "one"})

    said = answer.json()
    assert (answer.status_code, said["hypothetical"], said["rules"]) == (200, True, house.ground.tables.sha256)
    assert [item["answer"] for item in said["items"]] == ["yes", "attest"]
    assert said["items"][0]["row"] == "M08"
    assert said["items"][1]["to_attest"] == ["A_MEN_TESTED", "A_RELEVANT"]
    assert {"yes", "A_MEN_TESTED", *said["items"][0]["reasons"]} <= said["items"][0]["texts"].keys()
    assert await stored(house) == before


async def test_model_and_purpose_may_be_said_once_for_all(client: httpx.AsyncClient) -> None:
    item = {name: value for name, value in ATTENDANCE.items() if name != "purpose"}

    answer = await client.post("/v1/decisions", json={"model": "hlt-team", "purpose": "P_TRANS", "items": [item, ATTENDANCE]})

    assert [item["answer"] for item in answer.json()["items"]] == ["no", "yes"]
    assert answer.json()["items"][0]["reasons"] == ["purpose-not-in-template"]


async def test_no_permit_can_come_of_it(client: httpx.AsyncClient) -> None:
    said = (await client.post("/v1/decisions", json={"items": [ATTENDANCE]})).json()

    assert "decision_id" not in said
    assert "item_id" not in said["items"][0]
    for decision_id in (said["rules"], str(opaque_id())):
        body: dict[str, Any] = {"decision_id": decision_id, "items": []}
        assert (await client.post("/v1/permits", json=body)).status_code in {400, 404}


async def test_every_fault_of_every_item_is_pointed_at(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/decisions", json={"items": [{**ATTENDANCE, "discloser": "S_EX"}, {**ATTENDANCE, "age": "old", "x": 1}]})

    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert (answer.status_code, pointers) == (400, {"#/items/0/discloser/regime", "#/items/1/age", "#/items/1/x"})


async def test_a_question_has_one_to_forty_items(client: httpx.AsyncClient) -> None:
    for items in ([], [ATTENDANCE] * 41):
        answer = await client.post("/v1/decisions", json={"items": items})

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/items")


async def test_a_question_about_a_child_is_recorded_with_the_facts_of_the_houses(
    client: httpx.AsyncClient, house: House, stage: Stage
) -> None:
    await house.lease()
    body = {"child_ref": str(house.family.child_ref), "model": "hlt-team", "purpose": "P_SUPPORT", "items": [NAMED]}
    answers = [await client.post("/v1/decisions", json=body)]
    stage.caller = system(SCHOOL, "sharing:decide")
    answers.append(await client.post("/v1/decision", json=body))

    assert [(a.status_code, a.json()["hypothetical"], a.json()["items"][0]["answer"]) for a in answers] == [
        (201, False, "yes"),
        (200, False, "yes"),
    ]
    entries = await house.entries("disclosure.asked")
    assert [(entry.answer, entry.unit, entry.person.actor_kind) for entry in entries] == [
        ("yes", PLAIN, "person"),
        ("yes", PLAIN, "system"),
    ]
    assert await house.database.pool.fetchval("select count(*) from decision") == 0


@pytest.mark.parametrize("way", WAYS)
async def test_a_fact_that_is_not_the_callers_is_refused_for_a_named_child(
    client: httpx.AsyncClient, house: House, stage: Stage, way: str
) -> None:
    as_asker_of(way, stage)
    facts: dict[str, Any] = {"discloser": "S_SCH", "recipient": {"regime": "H_REG"}, "age": 13, "consent": "given", "restricted": False}
    ticks = ("A_U18", "A_U21", "A_CUSTODY_OK", "A_MATURE", "A_SAME_ORG", "A_PUB_PUB")
    changes = {f"#/items/0/{name}": {name: value} for name, value in facts.items()}
    changes |= {f"#/items/0/attested/{code}": {"attested": {code: True}} for code in ticks}
    body = {"child_ref": str(house.family.child_ref), "model": "hlt-team", "purpose": "P_SUPPORT"}

    answers = [await client.post(way, json={**body, "items": [{**NAMED, **change}]}) for change in changes.values()]

    assert {answer.status_code for answer in answers} == {400}
    assert [[error["pointer"] for error in answer.json()["errors"]] for answer in answers] == [[pointer] for pointer in changes]
    assert await house.entries("disclosure.asked") == []


async def test_a_question_about_a_child_says_by_which_model_and_for_what(client: httpx.AsyncClient, house: House) -> None:
    body = {"child_ref": str(house.family.child_ref), "model": "hlt-team", "purpose": "P_SUPPORT", "items": [NAMED]}

    for left_out in ("model", "purpose"):
        answer = await client.post("/v1/decisions", json={name: value for name, value in body.items() if name != left_out})

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"#/{left_out}")


async def test_another_organisations_child_and_a_unit_without_a_grant_are_the_same_not_found(
    client: httpx.AsyncClient, house: House, stage: Stage
) -> None:
    body = {"child_ref": str(house.family.child_ref), "model": "hlt-team", "purpose": "P_SUPPORT", "items": [NAMED]}
    answers = [await client.post("/v1/decisions", json={**body, "child_ref": str(opaque_id())})]
    for caller in (STRANGER, UNGRANTED):
        stage.caller = caller
        answers.append(await client.post("/v1/decisions", json=body))
    stage.caller = COUNSELLOR
    theirs = {**NAMED, "discloser_unit": BUP, "recipient_unit": HEALTH}
    answers.append(await client.post("/v1/decisions", json={**body, "items": [theirs]}))

    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert len(await house.entries("access.refused")) == len(answers)


async def test_a_case_says_itself_whom_it_is_about_and_why(client: httpx.AsyncClient, house: House) -> None:
    case = await house.open()
    body = {"case_id": str(case.case_id), "child_ref": str(opaque_id()), "purpose": "P_SUPPORT", "items": [NAMED]}

    answer = await client.post("/v1/decisions", json=body)

    assert (answer.status_code, {error["pointer"] for error in answer.json()["errors"]}) == (400, {"#/child_ref", "#/purpose"})


async def test_a_system_decides_in_no_case(client: httpx.AsyncClient, house: House, stage: Stage) -> None:
    case = await house.open()
    stage.caller = system(SCHOOL, "sharing:decide")

    answer = await client.post("/v1/decision", json={"case_id": str(case.case_id), "items": [NAMED]})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/case_id")


async def test_a_system_without_the_scope_may_not_even_suppose(client: httpx.AsyncClient, stage: Stage) -> None:
    stage.caller = system(SCHOOL)

    assert (await client.post("/v1/decision", json={"items": [ATTENDANCE]})).status_code == 403


async def test_over_the_bus_the_subjects_organisation_asks_the_same(house: House) -> None:
    (operation,) = [one for one in questions.operations(house.ground) if one.name == "decision"]
    school = msgspec.structs.replace(system(SCHOOL, "sharing:decide"), issuer="samsyn:bus", subject=SCHOOL, client_id=SCHOOL)
    work = Work(database=house.database, ask=house.family, now=house.now)
    await house.lease()
    named = {"child_ref": str(house.family.child_ref), "model": "hlt-team", "purpose": "P_SUPPORT", "items": [NAMED]}
    asked: list[dict[str, Any]] = [{"items": [ATTENDANCE]}, named, {**named, "items": [{**NAMED, "age": 13}]}]

    told = [await operations.answer(operation, work, school, msgspec.json.encode(body), {}) for body in asked]

    assert (operation.name, operation.kind) == ("decision", "ask")
    answers = [(status, msgspec.json.decode(body)) for status, body in told]
    assert [(status, body.get("hypothetical")) for status, body in answers] == [(200, True), (200, False), (400, None)]
    assert answers[2][1]["errors"][0]["pointer"] == "#/items/0/age"
    assert len(await house.entries("disclosure.asked")) == 1
