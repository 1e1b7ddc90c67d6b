"""A policy enforcement point that knows OpenID AuthZEN Authorization API 1.0 and nothing of the product.

Written from the specification (sections in brackets), with its schemas as JSON Schema.
"""

from typing import Any

import httpx2 as httpx
import jsonschema
import pytest

from tests.sharing.ask.conftest import URL, Stage
from tests.sharing.conftest import House

DECISION = {  # 5.5
    "type": "object",
    "required": ["decision"],
    "properties": {"decision": {"type": "boolean"}, "context": {"type": "object"}},
}
EVALUATIONS = {"type": "object", "required": ["evaluations"], "properties": {"evaluations": {"type": "array", "items": DECISION}}}  # 7.2
FOUND = {  # 8.2.2, 8.3
    "type": "object",
    "required": ["results"],
    "properties": {
        "page": {
            "type": "object",
            "required": ["next_token"],
            "properties": {"next_token": {"type": "string"}, "count": {"type": "integer", "minimum": 0}, "total": {"type": "integer"}},
        },
        "context": {"type": "object"},
        "results": {"type": "array"},
    },
}
ENTITY = {"type": "object", "required": ["type", "id"], "properties": {"type": {"type": "string"}, "id": {"type": "string"}}}
ALICE: dict[str, Any] = {
    "subject": {"type": "user", "id": "alice@example.com"},
    "resource": {"type": "account", "id": "123"},
    "action": {"name": "can_read", "properties": {"method": "GET"}},
    "context": {"time": "1985-10-26T01:22-07:00"},
}

# What the product's manual says of its own entities.
JUDGED = {"necessary": True, "relevant": True, "proportionate": True}
FREE = {"recipient": "H_REG", "attested": {"A_MEN_TESTED": True, "A_RELEVANT": True}, "judgements": JUDGED}
YES: dict[str, Any] = {
    "subject": {"type": "regime", "id": "S_SCH"},
    "action": {"name": "P_SUPPORT"},
    "resource": {"type": "category", "id": "attendance"},
    "context": FREE,
}
NO: dict[str, Any] = {**YES, "context": {**FREE, "judgements": {"necessary": False}}}
YES_SHORT = {"resource": YES["resource"]}
NO_SHORT = {"resource": YES["resource"], "context": NO["context"]}


class Pep:
    """Finds the decision point by its metadata, and posts JSON to it."""

    def __init__(self, client: httpx.AsyncClient, metadata: dict[str, Any]) -> None:
        self._client = client
        self.metadata = metadata

    async def post(self, endpoint: str, body: Any, **headers: str) -> httpx.Response:
        return await self._client.post(self.metadata[endpoint], json=body, headers=headers)

    async def evaluate(self, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.post("access_evaluation_endpoint", body)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
        told: dict[str, Any] = answer.json()
        jsonschema.validate(told, DECISION)
        return told

    async def evaluate_all(self, body: dict[str, Any]) -> list[bool]:
        answer = await self.post("access_evaluations_endpoint", body)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
        jsonschema.validate(answer.json(), EVALUATIONS)
        return [one["decision"] for one in answer.json()["evaluations"]]

    async def search(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.post(f"search_{kind}_endpoint", body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        jsonschema.validate(found, FOUND)
        return found


@pytest.fixture
async def pep(client: httpx.AsyncClient) -> Pep:
    answer = await client.get("/.well-known/authzen-configuration")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return Pep(client, answer.json())


async def test_metadata_names_the_decision_point_and_its_endpoints(pep: Pep) -> None:  # 9.1, 9.2.3
    assert pep.metadata["policy_decision_point"] == URL
    names = ["access_evaluation", "access_evaluations", "search_subject", "search_resource", "search_action"]
    paths = ["evaluation", "evaluations", "search/subject", "search/resource", "search/action"]
    assert [pep.metadata[f"{name}_endpoint"] for name in names] == [f"{URL}/access/v1/{path}" for path in paths]
    assert all(value for value in pep.metadata.values())


async def test_what_the_decision_point_does_not_know_is_denied_with_200(pep: Pep) -> None:  # 5.5, 10.1.2
    told = await pep.evaluate(ALICE)

    assert told["decision"] is False
    assert told["context"]["error"]["status"] == 400


async def test_unknown_members_are_ignored_at_every_depth(pep: Pep) -> None:  # 10.1.1
    strange = {**YES, "surprise": 1, "subject": {**YES["subject"], "surprise": 1, "properties": {"department": "x"}}}
    strange["context"] = {**FREE, "time": "1985-10-26T01:22-07:00"}

    told = await pep.evaluate(strange)

    assert told["decision"] is True
    assert told["context"]["ignored"] == ["department", "time"]
    numbered = await pep.evaluate({**YES, "context": {**FREE, "201301019801": 1, "Kanariefågel är sju": 1}})
    assert "ignored" not in numbered["context"] or numbered["context"]["ignored"] == []


@pytest.mark.parametrize(
    "missing", [("subject",), ("action",), ("resource",), ("subject", "id"), ("subject", "type"), ("action", "name"), ("resource", "id")]
)
async def test_a_required_attribute_that_is_missing_is_a_bad_request(pep: Pep, missing: tuple[str, ...]) -> None:  # 10.1.1
    body = {name: dict(value) for name, value in YES.items()}
    place = body if len(missing) == 1 else body[missing[0]]
    del place[missing[-1]]

    for endpoint in ("access_evaluation_endpoint", "access_evaluations_endpoint"):
        assert (await pep.post(endpoint, body)).status_code == 400


async def test_what_is_not_well_formed_is_a_bad_request(pep: Pep, client: httpx.AsyncClient) -> None:  # 10.1.2
    wrong: list[Any] = [{**YES, "subject": "alice"}, {**YES, "context": []}, {**YES, "action": {"name": 1}}, [], "x", None]
    answers = [await pep.post("access_evaluation_endpoint", body) for body in wrong]
    url = pep.metadata["access_evaluation_endpoint"]
    answers.append(await client.post(url, content=b"{", headers={"Content-Type": "application/json"}))

    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert all(answer.content for answer in answers)


async def test_a_caller_without_a_valid_token_is_not_authenticated(pep: Pep, stage: Stage) -> None:  # 10.1.2
    stage.caller = None

    assert (await pep.post("access_evaluation_endpoint", YES)).status_code == 401


async def test_the_request_identifier_comes_back_on_answers_and_refusals(pep: Pep) -> None:  # 10.1.3
    for endpoint, body, status in (
        ("access_evaluation_endpoint", YES, 200),
        ("access_evaluation_endpoint", {}, 400),
        ("search_action_endpoint", {}, 400),
    ):
        answer = await pep.post(endpoint, body, **{"X-Request-ID": "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"})

        assert (answer.status_code, answer.headers["x-request-id"]) == (status, "bfe9eb29-ab87-4ca3-be83-a1d5d8305716")
    assert "x-request-id" not in (await pep.post("access_evaluation_endpoint", YES)).headers


async def test_a_batch_without_evaluations_is_one_evaluation(pep: Pep) -> None:  # 7.1
    for body in (YES, {**YES, "evaluations": []}):
        answer = await pep.post("access_evaluations_endpoint", body)

        jsonschema.validate(answer.json(), DECISION)
        assert answer.json()["decision"] is True


async def test_the_top_level_gives_defaults_that_an_evaluation_overrides(pep: Pep) -> None:  # 7.1.1
    body = {**YES, "evaluations": [{}, {"action": {"name": "P_TECH"}}, NO_SHORT, ALICE]}

    assert await pep.evaluate_all(body) == [True, False, False, False]


async def test_a_default_that_is_missing_everywhere_is_a_bad_request(pep: Pep) -> None:  # 7.1.1
    body = {name: value for name, value in YES.items() if name != "subject"}

    assert (await pep.post("access_evaluations_endpoint", {**body, "evaluations": [YES_SHORT]})).status_code == 400


@pytest.mark.parametrize(
    ("semantic", "asked", "told"),
    [
        (None, [YES_SHORT, NO_SHORT, YES_SHORT], [True, False, True]),
        ("execute_all", [YES_SHORT, NO_SHORT, YES_SHORT], [True, False, True]),
        ("deny_on_first_deny", [YES_SHORT, NO_SHORT, YES_SHORT], [True, False]),
        ("deny_on_first_deny", [YES_SHORT, YES_SHORT], [True, True]),
        ("deny_on_first_deny", [ALICE, YES_SHORT], [False]),
        ("permit_on_first_permit", [NO_SHORT, YES_SHORT, NO_SHORT], [False, True]),
        ("permit_on_first_permit", [NO_SHORT, NO_SHORT], [False, False]),
    ],
)
async def test_the_three_semantics_of_a_batch(pep: Pep, semantic: str | None, asked: list[Any], told: list[bool]) -> None:  # 7.1.2.1
    options = {} if semantic is None else {"options": {"evaluations_semantic": semantic, "another_option": "value"}}

    assert await pep.evaluate_all({**YES, **options, "evaluations": asked}) == told


async def test_a_denial_that_ends_a_batch_says_so(pep: Pep) -> None:  # 7.1.2.1
    body = {**YES, "options": {"evaluations_semantic": "deny_on_first_deny"}, "evaluations": [NO_SHORT, YES_SHORT]}

    answer = await pep.post("access_evaluations_endpoint", body)

    assert answer.json()["evaluations"][-1]["context"]["reason"] == "deny_on_first_deny"


async def test_another_semantic_and_a_batch_without_end_are_bad_requests(pep: Pep) -> None:
    bodies: tuple[dict[str, Any], ...] = (
        {"options": {"evaluations_semantic": "guess"}, "evaluations": [{}]},
        {"evaluations": [{}] * 101},
        {"evaluations": [1]},
        {"evaluations": {}},
    )
    for body in bodies:
        assert (await pep.post("access_evaluations_endpoint", {**YES, **body})).status_code == 400


async def test_only_yes_is_a_permit_and_the_reason_is_told_in_both_languages(pep: Pep) -> None:
    told = {
        name: await pep.evaluate(body)
        for name, body in {"yes": YES, "no": NO, "attest": {**YES, "context": {"recipient": "H_REG"}}}.items()
    }

    assert {name: (one["decision"], one["context"]["answer"]) for name, one in told.items()} == {
        "yes": (True, "yes"),
        "no": (False, "no"),
        "attest": (False, "attest"),
    }
    for one in told.values():
        assert one["context"]["hypothetical"] is True
        assert all(isinstance(text, str) and text for text in (one["context"]["reason_user"]["sv"], one["context"]["reason_user"]["en"]))
        assert one["context"]["reason_admin"]["en"]
    assert told["attest"]["context"]["to_attest"][:2] == ["A_MEN_TESTED", "A_RELEVANT"]


async def test_obligations_come_with_a_permit_alone_each_with_type_and_id(pep: Pep) -> None:  # obligations profile, draft
    told = await pep.evaluate(YES)

    obligations = told["context"]["obligations"]
    assert [(one["type"], one["id"], one["action"]) for one in obligations] == [("custom", "T_AFTER", "tell-family")]
    assert {one["type"] for one in obligations} <= set(pep.metadata["obligations_supported"])
    assert "obligations" not in (await pep.evaluate(NO))["context"]


async def test_a_search_for_resources_finds_what_an_evaluation_permits(pep: Pep) -> None:  # 8.1, 8.5
    found = await pep.search("resource", {**YES, "resource": {"type": "category", "id": "is ignored"}})

    assert {"type": "category", "id": "attendance"} in found["results"]
    for one in found["results"]:
        jsonschema.validate(one, ENTITY)
        assert (await pep.evaluate({**YES, "resource": one}))["decision"] is True
    assert found["page"]["next_token"] == ""


async def test_a_search_for_actions_and_for_subjects(pep: Pep) -> None:  # 8.4, 8.6
    actions = await pep.search("action", {name: value for name, value in YES.items() if name != "action"})
    subjects = await pep.search("subject", {**YES, "subject": {"type": "regime"}})

    assert {"name": "P_SUPPORT"} in actions["results"]
    assert {"type": "regime", "id": "S_SCH"} in subjects["results"]


async def test_a_search_for_a_type_that_is_not_known_finds_nothing(pep: Pep) -> None:
    assert (await pep.search("resource", {**ALICE, "resource": {"type": "account"}}))["results"] == []


async def test_pages_follow_each_other_by_an_opaque_token_until_it_is_empty(pep: Pep) -> None:  # 8.2
    body: dict[str, Any] = {**YES, "resource": {"type": "category"}}
    whole = (await pep.search("resource", body))["results"]
    found, page = [], {"limit": 1}
    while True:
        answer = await pep.search("resource", {**body, "page": page})
        assert answer["page"]["count"] == len(answer["results"]) <= 1
        found += answer["results"]
        if not answer["page"]["next_token"]:
            break
        page = {"token": answer["page"]["next_token"]}

    assert found == whole
    assert len(whole) > 1


async def test_a_token_of_another_question_a_broken_one_and_a_negative_limit_are_bad_requests(pep: Pep) -> None:  # 8.2
    body: dict[str, Any] = {**YES, "resource": {"type": "category"}}
    token = (await pep.search("resource", {**body, "page": {"limit": 1}}))["page"]["next_token"]
    wrong = [
        {**body, "context": {**FREE, "recipient": "SOC"}, "page": {"token": token}},
        {**body, "page": {"token": token, "limit": 2}},
        {**body, "page": {"token": "not-ours"}},
        {**body, "page": {"limit": -1}},
        {name: value for name, value in body.items() if name != "resource"},
    ]

    assert token
    assert [(await pep.post("search_resource_endpoint", one)).status_code for one in wrong] == [400] * len(wrong)


def about(house: House, **context: Any) -> dict[str, Any]:
    """A question about a named child, as the product's manual says it."""
    named = {"child_ref": str(house.family.child_ref), "model": "hlt-team", "recipient_unit": "o2rg-u2"}
    asked = {name: value for name, value in FREE.items() if name != "recipient"}
    return {**YES, "subject": {"type": "unit", "id": "o5ek-u1"}, "context": {**named, **asked, **context}}


async def test_a_question_about_a_named_child_is_recorded(pep: Pep, house: House) -> None:
    told = await pep.evaluate(about(house))

    assert (told["decision"], told["context"]["hypothetical"]) == (True, False)
    assert [entry.answer for entry in await house.entries("disclosure.asked")] == ["yes"]


async def test_who_asserts_consent_regime_or_age_of_a_named_child_gets_a_bad_request(pep: Pep, house: House) -> None:
    facts: dict[str, Any] = {"consent": "given", "age": 13, "restricted": False, "discloser": "S_SCH", "recipient": "H_REG"}
    wrong = [about(house, **{name: value}) for name, value in facts.items()]
    wrong.append({**about(house), "subject": {"type": "unit", "id": "o5ek-u1", "properties": {"regime": "S_SCH"}}})
    wrong.append(about(house, attested={"A_U18": True}))

    answers = [await pep.post("access_evaluation_endpoint", body) for body in wrong]
    batched = await pep.post("access_evaluations_endpoint", {**YES, "evaluations": [{}, wrong[1]]})

    pointers = ["#/context/consent", "#/context/age", "#/context/restricted", "#/context/discloser", "#/context/recipient"]
    pointers += ["#/subject/properties", "#/context/attested/A_U18"]
    assert [answer.status_code for answer in answers] == [400] * len(wrong)
    assert [answer.json()["errors"][0]["pointer"] for answer in answers] == pointers
    assert (batched.status_code, batched.json()["errors"][0]["pointer"]) == (400, "#/evaluations/1/context/age")
    assert await house.entries("disclosure.asked") == []


async def test_what_only_the_caller_knows_of_a_named_childs_item_goes_along(pep: Pep, house: House) -> None:
    told = await pep.evaluate(about(house, third_persons="present", about="child"))
    unknown = await pep.post("access_evaluation_endpoint", about(house, third_persons="perhaps"))

    assert told["context"]["hypothetical"] is False
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (400, "#/context/third_persons")


async def test_a_search_names_no_child(pep: Pep, house: House) -> None:
    answer = await pep.post("search_resource_endpoint", about(house))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/context/child_ref")
