"""The routes of sharing over ASGI, on the real database; who calls is given, for tokens and sessions have their own tests."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from litestar.connection import ASGIConnection

from services.sharing.app import routes_of
from services.sharing.http import systems
from services.sharing.usecases.post_items import SealedItem
from shared import operations
from shared.auth import Caller
from shared.http import Runtime, make_app
from shared.ids import opaque_id
from tests.sharing.conftest import ASSESSMENT, ATTENDANCE, House
from tests.sharing.world import BUP, COUNSELLOR, HEALTH, PLAIN, REGION, SCHOOL, STRANGER, UNGRANTED, sealed, system

Client = httpx.AsyncClient
JUDGED = {"necessary": True, "relevant": True, "proportionate": True}
ITEM: dict[str, Any] = {
    "discloser_unit": PLAIN,
    "recipient_unit": BUP,
    "category": "attendance",
    "attested": {"A_MEN_TESTED": True, "A_RELEVANT": True},
    "judgements": JUDGED,
}


class Stage:
    """Who calls next."""

    def __init__(self) -> None:
        self.caller: Caller | None = COUNSELLOR

    async def authenticate(self, _connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
        return self.caller


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def client(house: House, stage: Stage) -> AsyncIterator[Client]:
    runtime = Runtime(
        database=house.database,
        ask=house.family,
        authenticate=stage.authenticate,
        public_url="https://sharing.samsyn.example",
        clock=lambda: house.now,
    )
    routes = [*routes_of(house.ground), *operations.routes(systems.operations(house.ground))]
    transport = httpx.ASGITransport(app=make_app(house="sharing", routes=routes, runtime=runtime))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="https://sharing.samsyn.example") as made:
        yield made


def case_of(house: House, **changed: Any) -> dict[str, Any]:
    body = {
        "child_ref": str(house.family.child_ref),
        "model": "hlt-team",
        "purpose": "P_SUPPORT",
        "unit": HEALTH,
        "parties": [PLAIN, BUP],
    }
    return {**body, **changed}


async def act(client: Client, path: str, body: Any) -> Any:
    """A system's operation, each with a key of its own."""
    return await client.post(path, json=body, headers={"Idempotency-Key": str(opaque_id())})


async def test_a_case_walks_from_the_question_to_the_receipt_over_http(client: Client, stage: Stage, house: House) -> None:
    case = (await client.post("/v1/cases", json=case_of(house))).json()
    decided = await client.post("/v1/decisions", json={"case_id": case["case_id"], "items": [ITEM]})
    (item,) = decided.json()["items"]
    permit = (
        await client.post("/v1/permits", json={"decision_id": decided.json()["decision_id"], "items": [{"item_id": item["item_id"]}]})
    ).json()
    stage.caller = system(SCHOOL)
    cipher = {"item_id": item["item_id"], "jwe": sealed(permit["items"][0]["binding"])}
    posted = await act(client, "/v1/items", {"permit_id": permit["permit_id"], "items": [cipher]})
    await house.sequence()
    stage.caller = system(REGION)
    (notice,) = (await client.get("/v1/inbox", params={"wait": 0})).json()["notices"]
    fetched = await client.post("/v1/fetch", json={"delivery_id": notice["body"]["delivery_id"]})
    confirmed = await act(client, "/v1/inbox/confirmations", {"ids": [notice["id"]]})
    empty = await client.get("/v1/inbox", params={"wait": 0})

    assert decided.status_code == 201
    assert item["answer"] == "yes"
    assert posted.json()["items"][0]["accepted"]
    assert fetched.json()["jwe"] == cipher["jwe"]
    assert fetched.json()["binding"].items() >= permit["items"][0]["binding"].items()
    assert confirmed.json() == {"confirmed": 1}
    assert empty.json() == {"notices": []}


async def test_the_same_key_again_posts_once_and_gets_the_same_bytes(client: Client, stage: Stage, house: House) -> None:
    _, _, permit = await house.permitted(ATTENDANCE)
    stage.caller = system(SCHOOL)
    cipher = {"item_id": str(permit.items[0].item_id), "jwe": sealed(permit.items[0].binding)}
    body = {"permit_id": str(permit.permit_id), "items": [cipher]}

    first = await client.post("/v1/items", json=body, headers={"Idempotency-Key": "one"})
    again = await client.post("/v1/items", json=body, headers={"Idempotency-Key": "one"})

    assert (again.status_code, again.content) == (200, first.content)
    assert len(await house.notices(REGION, "delivery")) == 1


async def test_a_fetch_is_never_answered_from_stored_bytes(client: Client, stage: Stage, house: House) -> None:
    (delivery_id,) = await house.waiting(ASSESSMENT)
    stage.caller = system(REGION)
    ask = {"json": {"delivery_id": str(delivery_id)}, "headers": {"Idempotency-Key": "one"}}

    first = await client.post("/v1/fetch", **ask)  # type: ignore[arg-type]
    house.family.pause()
    house.seconds += 11
    again = await client.post("/v1/fetch", **ask)  # type: ignore[arg-type]

    assert (first.status_code, again.status_code) == (200, 403)
    assert again.json()["type"] == "/problems/not-released"
    assert await house.database.pool.fetchval("select count(*) from idempotency") == 0


async def test_an_answer_that_may_come_later_is_not_kept_under_its_key(client: Client, stage: Stage, house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)
    await house.open()
    house.now = house.now.replace(hour=house.now.hour + 1)
    stage.caller = system(REGION)

    behind = await client.post("/v1/fetch", json={"delivery_id": str(delivery_id)})
    await house.sequence()
    after = await client.post("/v1/fetch", json={"delivery_id": str(delivery_id)})

    assert (behind.status_code, behind.json()["type"]) == (503, "/problems/audit-unavailable")
    assert after.status_code == 200


@pytest.mark.parametrize(
    ("path", "change", "pointer"),
    [
        ("/v1/cases", {"surprise": 1}, "#/surprise"),
        ("/v1/cases", {"child_ref": "not-an-id"}, "#/child_ref"),
        ("/v1/cases", {"purpose": "P_WELLBEING"}, "#/purpose"),
        ("/v1/cases", {"parties": [BUP, 7]}, "#/parties/1"),
        ("/v1/cases", {"unit": "none"}, "#/unit"),
    ],
)
async def test_bad_input_of_a_case_is_pointed_at(client: Client, house: House, path: str, change: dict[str, Any], pointer: str) -> None:
    answer = await client.post(path, json=case_of(house, **change))

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"category": "gossip"}, "#/items/0/category"),
        ({"attested": {"A_MADE_UP": True}}, "#/items/0/attested/A_MADE_UP"),
        ({"attested": {"A_U18": True}}, "#/items/0/attested/A_U18"),
        ({"attested": {"A_RELEVANT": "yes"}}, "#/items/0/attested/A_RELEVANT"),
        ({"judgements": {"necessary": 1}}, "#/items/0/judgements/necessary"),
        ({"recipient_unit": "none"}, "#/items/0/recipient_unit"),
        ({"recipient_unit": PLAIN}, "#/items/0/recipient_unit"),
        ({"age": 13}, "#/items/0/age"),
        ({"consent": "given"}, "#/items/0/consent"),
    ],
)
async def test_bad_input_of_a_decision_is_pointed_at(client: Client, house: House, change: dict[str, Any], pointer: str) -> None:
    case = await house.open()

    answer = await client.post("/v1/decisions", json={"case_id": str(case.case_id), "items": [{**ITEM, **change}]})

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("items", [[], [ITEM] * 41])
async def test_a_decision_has_one_to_forty_items(client: Client, house: House, items: list[Any]) -> None:
    case = await house.open()

    answer = await client.post("/v1/decisions", json={"case_id": str(case.case_id), "items": items})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/items")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"items": []}, "#/items"),
        ({"items": [{"item_id": "00000000-0000-4000-8000-000000000000"}]}, "#/items/0/item_id"),
    ],
)
async def test_bad_input_of_a_permit_is_pointed_at(client: Client, house: House, body: dict[str, Any], pointer: str) -> None:
    case = await house.open()
    decision = await house.decide(case.case_id, ATTENDANCE)

    answer = await client.post("/v1/permits", json={"decision_id": str(decision.decision_id), **body})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


async def test_dates_of_a_consent_request_are_pointed_at(client: Client, house: House) -> None:
    case = await house.open()
    decision = await house.decide(case.case_id, ASSESSMENT)
    body = {"decision_id": str(decision.decision_id), "until": "2030-01-01T00:00:00Z", "answer_by": "2020-01-01T00:00:00Z"}

    answer = await client.post("/v1/consent-requests", json=body)

    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/until", "#/answer_by"]


async def test_a_refusal_names_items_of_the_decision(client: Client, house: House) -> None:
    case = await house.open()
    decision = await house.decide(case.case_id, ATTENDANCE)
    body = {"decision_id": str(decision.decision_id), "reason": "not-needed", "item_ids": [str(opaque_id())]}

    wrong = await client.post("/v1/refusals", json=body)
    right = await client.post("/v1/refusals", json={**body, "item_ids": [str(decision.items[0].item_id)]})

    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "#/item_ids/0")
    assert right.status_code == 201


async def test_unknown_and_not_yours_are_the_same_answer(client: Client, stage: Stage, house: House) -> None:
    case = await house.open()
    decision = await house.decide(case.case_id, ATTENDANCE)
    (delivery_id,) = await house.waiting(ATTENDANCE)
    decides = {"items": [ITEM]}
    permits = {"items": [{"item_id": str(decision.items[0].item_id)}]}
    answers = []
    for caller in (UNGRANTED, STRANGER):
        stage.caller = caller
        for known in (True, False):
            case_id, decision_id = (str(case.case_id), str(decision.decision_id)) if known else (str(opaque_id()), str(opaque_id()))
            answers += [
                await client.get(f"/v1/cases/{case_id}"),
                await client.post("/v1/decisions", json={"case_id": case_id, **decides}),
                await client.post("/v1/permits", json={"decision_id": decision_id, **permits}),
                await client.post("/v1/consent-requests", json={"decision_id": decision_id}),
            ]
    stage.caller = system("o9kl")
    for one in (str(delivery_id), str(opaque_id())):
        answers.append(await client.post("/v1/fetch", json={"delivery_id": one}))

    seen = {(a.status_code, a.content, frozenset((k, v) for k, v in a.headers.items() if k != "samsyn-trace")) for a in answers}
    assert len(seen) == 1
    assert answers[0].status_code == 404
    assert len(await house.entries("access.refused")) == len(answers)


@pytest.mark.parametrize("path", ["/v1/cases", "/v1/decisions", "/v1/permits", "/v1/refusals", "/v1/consent-requests"])
async def test_a_system_does_not_do_what_takes_a_human(client: Client, stage: Stage, path: str) -> None:
    stage.caller = msgspec.structs.replace(system(SCHOOL), scopes=COUNSELLOR.scopes)

    assert (await client.post(path, json={})).status_code == 403


async def test_a_permit_takes_level_of_assurance_three(client: Client, stage: Stage) -> None:
    stage.caller = msgspec.structs.replace(COUNSELLOR, acr="http://id.elegnamnden.se/loa/1.0/loa2")

    answer = await client.post("/v1/permits", json={})

    assert answer.status_code == 401
    assert "insufficient_user_authentication" in answer.headers["www-authenticate"]


async def test_the_inbox_of_an_organisation_without_a_grant_is_not_found(client: Client, stage: Stage) -> None:
    stage.caller = system("o9kl")

    assert (await client.get("/v1/inbox", params={"wait": 0})).status_code == 404
    assert (await act(client, "/v1/inbox/confirmations", {"ids": []})).status_code == 404


async def test_an_operation_over_the_bus_finds_the_organisations_grant(client: Client, stage: Stage, house: House) -> None:
    (delivery_id,) = await house.waiting(ATTENDANCE)
    stage.caller = msgspec.structs.replace(system(REGION), issuer="samsyn:bus", subject=REGION, client_id=REGION)

    assert (await client.post("/v1/fetch", json={"delivery_id": str(delivery_id)})).status_code == 200


async def test_keys_come_with_what_the_registrars_signed(client: Client, stage: Stage) -> None:
    stage.caller = system(SCHOOL)

    answer = (await client.post("/v1/keys", json={"unit": BUP})).json()

    assert (answer["organisation"], [len(key["countersignatures"]) for key in answer["keys"]]) == (REGION, [2])
    assert "d" not in answer["keys"][0]["jwk"]


async def test_a_fetch_waits_a_moment_for_the_log_and_then_says_so(client: Client, stage: Stage, house: House) -> None:
    _, _, permit = await house.permitted(ATTENDANCE)
    cipher = SealedItem(item_id=permit.items[0].item_id, jwe=sealed(permit.items[0].binding))
    delivery_id = str((await house.post(permit.permit_id, cipher)).items[0].delivery_id)
    stage.caller = system(REGION)

    late = await client.post("/v1/fetch", json={"delivery_id": delivery_id})
    fetching = asyncio.create_task(client.post("/v1/fetch", json={"delivery_id": delivery_id}))
    await house.sequence()

    assert (late.status_code, late.json()["type"]) == (503, "/problems/audit-unavailable")
    assert (await fetching).status_code == 200


async def test_nothing_is_asked_of_consent_for_somebody_without_a_grant(client: Client, stage: Stage, house: House) -> None:
    case = await house.open()
    house.family.asked.clear()
    stage.caller = UNGRANTED

    await client.post("/v1/decisions", json={"case_id": str(case.case_id), "items": [ITEM]})

    assert house.family.asked == []
