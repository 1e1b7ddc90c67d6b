"""Bad input at every route of every real house and on the bus: a problem with a pointer, the right status, no 500, no echo."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import jwt
import msgspec
import pytest
from samsyn_connect.config import KeyStore
from samsyn_connect.tokens import TokenSource

from deploy.demo.narrator import Narrator
from deploy.demo.population import add_family
from deploy.demo.stage import Stage, System
from deploy.embedded.home import Running
from deploy.embedded.parts import audience
from deploy.provider.browser import Browser
from deploy.provider.keys import KeyRing
from shared.clock import STOCKHOLM, utc_now
from shared.ids import new_id, opaque_id
from shared.problems import MEDIA_TYPE
from tests.consent.world import FATHER
from tests.journeys.openapi import HOUSES, KINDS, Route, fields, over_bus, routes
from tests.shared.tokens.forge import Forge

WRONG_DIGIT = "201301019801"
"""Twelve digits of the test series whose last one does not fit."""
ECHO = "ekobrygga"
"""Words that stand in everything we send, and must come back nowhere."""
HUGE = 10_000_000
JSON = {"Content-Type": "application/json"}

Send = Callable[..., Awaitable[httpx2.Response]]

BROKEN = {
    "invalid JSON": b'{"' + ECHO.encode(),
    "nothing that JSON knows": ECHO.encode(),
    "100 000 levels": b"[" * 100_000 + b"]" * 100_000,
    "100 000 levels of objects": b'{"x":' * 100_000 + b"1" + b"}" * 100_000,
    "a key twice": b'{"%b":1,"%b":2}' % (ECHO.encode(), ECHO.encode()),
    "not UTF-8": b'{"x":"\xff"}',
}
READY = {
    "items": {"permit_id": str(opaque_id()), "items": []},
    "receipt": {"receipt": "e30.e30.e30"},
    "confirm": {"ids": []},
    "consent-request": {"decision_id": str(opaque_id())},
    "matter": {"kind": "consultation", "from_unit": "o5ek-u1", "to_unit": "o5ek-u2"},
    "matter-answer": {"matter_id": str(opaque_id())},
    "custody": {"child_ref": str(opaque_id()), "guardians": []},
    "confirm-consents": {"ids": []},
    "imported-consent": {
        "file_sha256": "0" * 64,
        "line": 2,
        "number": FATHER,
        "discloser_unit": "o5ek-u2",
        "recipient_unit": "o2rg-u2",
        "purpose": "P_SUPPORT",
        "categories": ["plan"],
        "given_on": "2026-01-01",
        "last_day": "2026-06-30",
        "signers": [FATHER],
    },
    "record-answer": {
        "request_id": str(opaque_id()),
        "number": FATHER,
        "medium": "paper",
        "answered_at": utc_now().isoformat(),
        "answers": [],
        "language": "sv",
        "rendering": "standard",
    },
}
"""A body of the right form for each operation that changes something."""
PEOPLE_TOO = {"matter", "matter-answer", "custody", "imported-consent", "record-answer"}
"""Those of them that staff may use as well as systems."""
FORMS: dict[str, dict[str, Any]] = {
    "answers": {"served_id": str(opaque_id()), "answers": []},
    "pause": {"reason": "safeguarding", "last_day": utc_now().date().isoformat()},
    "change": {"last_day": (utc_now() + timedelta(days=30)).date().isoformat()},
    "end": {"reason": "case-closed"},
    "closing": {"reason": "done"},
    "recall": {"reason": "incorrect"},
    "hold": {"held": False},
    "review": {"verdict": "justified"},
    "attestations": {"shows_no_whereabouts": True},
    "confirmation": {},
    "strike": {"reason": "wrong-child"},
    "renewal": {"valid_until": (utc_now() + timedelta(days=30)).isoformat(), "signed_by": "Ordförande"},
    "decision": {"approve": True},
    "questions": {"index": 1, "question": "which-case"},
    "explanations": {"index": 1, "explanation": "within-duty"},
    "signatures": {"index": 1, "verdict": "in-order"},
    "telephone-withdrawal": {"number": FATHER, "witness": "called-back"},
}
"""The same for each route with an id in its path, by the last part of it."""


class Callers(msgspec.Struct, frozen=True):
    """Everybody who may call, at each house: people with a session and a connected system with its own token."""

    stage: Stage
    at: dict[str, list[Send]]
    routes: list[Route]
    system: System
    tokens: dict[str, TokenSource]

    async def answers(self, route: Route, **options: Any) -> list[httpx2.Response]:
        """What each caller who gets past the guard is told."""
        got = [await send(route.method, self.stage.urls[route.house] + route.at(), **options) for send in self.at[route.house]]
        passed = [answer for answer in got if answer.status_code not in {401, 403}]
        assert passed, f"nobody may call {route.method} {route.path}"
        return passed

    @property
    def bodies(self) -> list[Route]:
        """Routes that take a body of JSON."""
        return [route for route in self.routes if route.takes_body]


@pytest.fixture(scope="module")
async def callers(running_suite: Running) -> AsyncIterator[Callers]:
    async with Stage(running_suite, Narrator(lambda _: None)) as stage, httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        family = add_family(stage.population, "Tuva", 13, ["Vera"], "sole", utc_now().astimezone(STOCKHOLM).date())
        people: dict[str, list[Browser]] = {
            "consent": [
                await stage.staff("counsellor", "consent"),
                await stage.staff("operator-dpo", "consent"),
                await stage.citizen(family.guardians[0].number),
            ],
            "sharing": [await stage.staff("counsellor", "sharing"), await stage.staff("head", "sharing")],
            "audit": [await stage.staff("school-dpo", "audit")],
        }
        tokens = {
            "sharing": source(stage, http, "sharing", "sharing:send", "sharing:fetch", "sharing:read", "sharing:decide"),
            "consent": source(stage, http, "consent", "consent:ask"),
        }
        at: dict[str, list[Send]] = {house: [browser.send for browser in people[house]] for house in HOUSES}
        for house, own in tokens.items():
            at[house].append(bearer(http, own))
        found = [route for house in HOUSES for route in await routes(http.get, house, stage.urls[house])]
        described = [route for route in found if not route.path.startswith("/auth/")]
        yield Callers(stage, at, described, await stage.system("o5ek"), tokens)


def source(stage: Stage, http: httpx2.AsyncClient, house: str, *scopes: str) -> TokenSource:
    """The school's system's tokens for one house."""
    config = stage.kit_config("o5ek")
    return TokenSource(config.issuer, config.client_id, KeyStore(config).client, resource=audience(house), scopes=scopes, http=http)


def bearer(http: httpx2.AsyncClient, tokens: TokenSource, token: str | None = None) -> Send:
    """Requests with a system's token, or another text in its place."""

    async def send(method: str, url: str, *, headers: dict[str, str] | None = None, **options: Any) -> httpx2.Response:
        now = utc_now()
        text = token or (await tokens.token(now)).text
        proof = tokens.proof(method, url.partition("?")[0], now, token=text)
        return await http.request(method, url, headers={**(headers or {}), "Authorization": f"DPoP {text}", "DPoP": proof}, **options)

    return send


def is_problem(answer: httpx2.Response, status: int, code: str | None = None) -> bool:
    """Problem details with this status (and code) that repeat nothing of what was sent."""
    told = answer.json()
    assert answer.headers["content-type"] == MEDIA_TYPE, (answer.status_code, answer.text)
    assert ECHO not in answer.text
    assert WRONG_DIGIT not in answer.text
    return (answer.status_code, told["status"]) == (status, status) and code in {None, told["type"].rpartition("/")[2]}


def pointers(answer: httpx2.Response) -> list[str]:
    return [fault["pointer"] for fault in answer.json()["errors"]]


def test_every_operation_of_a_system_is_tried_on_the_bus_too(callers: Callers) -> None:
    named = {route.operation for route in callers.routes if route.operation.islower() and "." not in route.operation}

    assert named == set(KINDS)
    assert len(callers.routes) > 20
    assert len(callers.bodies) > 10


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_what_cannot_be_read_is_refused_at_every_route(callers: Callers, body: bytes) -> None:
    for route in callers.bodies:
        for answer in await callers.answers(route, content=body, headers=JSON):
            assert is_problem(answer, 400, "request-malformed"), (route.path, answer.text)


async def test_ten_megabytes_are_refused_at_every_route(callers: Callers) -> None:
    for route in callers.bodies:
        for answer in await callers.answers(route, content=b'"%b"' % (b"a" * HUGE), headers=JSON):
            status, code = (400, "request-invalid") if route.operation == "items" else (413, "body-too-large")
            assert is_problem(answer, status, code), (route.path, answer.text)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
async def test_another_content_type_is_refused_at_every_route(callers: Callers, kind: str | None) -> None:
    for route in callers.bodies:
        for answer in await callers.answers(route, content=b'{"x":1}', headers={"Content-Type": kind} if kind else {}):
            assert is_problem(answer, 415, "media-type-unsupported"), (route.path, answer.text)


async def test_an_unknown_member_is_refused_with_its_pointer_at_every_route(callers: Callers) -> None:
    for route in callers.bodies:
        for answer in await callers.answers(route, json={"unheard-of": ECHO}):
            assert is_problem(answer, 400, "request-invalid"), (route.path, answer.text)
            assert pointers(answer) == ["#/unheard-of"], route.path


@pytest.mark.parametrize("value", [ECHO, [ECHO], 1, None], ids=repr)
async def test_another_type_for_the_whole_is_refused_at_every_route(callers: Callers, value: Any) -> None:
    for route in callers.bodies:
        for answer in await callers.answers(route, json=value):
            assert is_problem(answer, 400, "request-invalid"), (route.path, answer.text)
            assert pointers(answer) == ["#"], route.path


async def test_a_wrong_type_is_refused_with_the_member_s_pointer_at_every_route(callers: Callers) -> None:
    tried = 0
    for route in callers.bodies:
        for member in fields(route):
            for answer in await callers.answers(route, json={member: 1.5}):
                tried += 1
                assert is_problem(answer, 400, "request-invalid"), (route.path, answer.text)
                assert pointers(answer) == [f"#/{member}"], (route.path, answer.text)
    assert tried > 40


async def test_an_unknown_id_and_no_id_are_the_same_404_at_every_path(callers: Callers) -> None:
    tried = 0
    for route in callers.routes:
        ids = [one["name"] for one in route.parameters if one["in"] == "path" and one["schema"].get("format") == "uuid"]
        for name, text in itertools.product(ids, (str(opaque_id()), ECHO, "1", f"{opaque_id()}x")):
            url = callers.stage.urls[route.house] + route.at(**{name: text})
            got = [await send(route.method, url, **body_for(route)) for send in callers.at[route.house]]
            passed = [answer for answer in got if answer.status_code not in {401, 403}]
            tried += len(passed)
            assert passed, route.path
            assert all(is_problem(answer, 404, "not-found") for answer in passed), (route.path, text, [a.text for a in passed])
    assert tried > 15


def body_for(route: Route) -> dict[str, Any]:
    """A body of the right form for a route with an id in its path."""
    if not route.takes_body:
        return {}
    return {"json": FORMS.get(route.path.rsplit("/", 1)[-1], {})}


async def bad_tokens(callers: Callers) -> dict[str, str]:
    """Tokens for sharing that are wrong in exactly one way each."""
    now = utc_now()
    good = (await callers.tokens["sharing"].token(now)).text
    claims = jwt.decode(good, options={"verify_signature": False})
    ring = KeyRing.open(callers.stage.running.home / "provider" / "signing-keys.json", now)
    past = int((now - timedelta(minutes=10)).timestamp())
    stranger = Forge(kid=jwt.get_unverified_header(good)["kid"])
    return {
        "expired": ring.sign("at+jwt", {**claims, "iat": past - 300, "exp": past}, now),
        "another issuer's key": stranger.token(claims),
        "another issuer": Forge("https://login.example").token({**claims, "iss": "https://login.example"}),
        "another audience": (await callers.tokens["consent"].token(now)).text,
        "no token": ECHO,
    }


async def test_the_same_token_unspoilt_is_accepted(callers: Callers) -> None:
    now = utc_now()
    claims = jwt.decode((await callers.tokens["sharing"].token(now)).text, options={"verify_signature": False})
    ring = KeyRing.open(callers.stage.running.home / "provider" / "signing-keys.json", now)
    async with httpx2.AsyncClient(trust_env=False) as http:
        send = bearer(http, callers.tokens["sharing"], ring.sign("at+jwt", claims, now))

        answer = await send("POST", f"{callers.stage.urls['sharing']}/v1/keys", json={"unit": "o2rg-u2"})

    assert answer.status_code == 200


@pytest.mark.parametrize("wrong", ["expired", "another issuer's key", "another issuer", "another audience", "no token"])
async def test_a_bad_token_is_refused_at_every_route_of_sharing(callers: Callers, wrong: str) -> None:
    token = (await bad_tokens(callers))[wrong]
    async with httpx2.AsyncClient(trust_env=False) as http:
        send = bearer(http, callers.tokens["sharing"], token)
        for route in [route for route in callers.routes if route.house == "sharing"]:
            answer = await send(route.method, callers.stage.urls["sharing"] + route.at(), **body_for(route))

            assert is_problem(answer, 401), (route.path, answer.text)
            assert answer.headers["www-authenticate"].startswith("DPoP"), route.path


PUBLIC = {"/v1/receipt-keys": "whoever holds a receipt checks it by them"}
"""Routes for everybody, and why."""


async def test_nobody_is_refused_at_every_route(callers: Callers) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        for route in callers.routes:
            if route.path in PUBLIC:
                continue
            answer = await http.request(route.method, callers.stage.urls[route.house] + route.at(), **body_for(route))

            assert is_problem(answer, 401, "not-logged-in"), (route.house, route.path, answer.text)


@pytest.mark.parametrize("number", [WRONG_DIGIT, "20130101980", "201313019801", ECHO, ""])
async def test_a_number_that_cannot_be_is_refused_with_its_pointer(callers: Callers, number: str) -> None:
    (route,) = [route for route in callers.routes if route.operation == "children"]
    reply = await over_bus(callers.system, route, msgspec.json.encode({"number": number}))

    answers = await callers.answers(route, json={"number": number})

    assert reply is not None
    assert [pointers(answer) for answer in answers] == [["#/number"]] * len(answers)
    assert all(is_problem(answer, 400) for answer in answers)
    assert reply.data == answers[0].content


@pytest.mark.parametrize("name", READY)
async def test_what_changes_something_needs_a_key_on_both_ways_in(callers: Callers, name: str) -> None:
    (route,) = [route for route in callers.routes if route.operation == name]
    reply = await over_bus(callers.system, route, msgspec.json.encode(READY[name]))

    answers = await callers.answers(route, json=READY[name])

    assert len(answers) == (len(callers.at[route.house]) if name in PEOPLE_TOO else 1)
    assert all(is_problem(answer, 400, "idempotency-key-missing") for answer in answers)
    assert reply is not None
    assert reply.data == answers[0].content


@pytest.mark.parametrize("body", [*BROKEN.values(), b'{"unheard-of": 1}', b"[]", b"1"], ids=[*BROKEN, "unknown", "list", "number"])
async def test_bad_input_on_the_bus_is_the_same_problem_as_over_http(callers: Callers, body: bytes) -> None:
    for route in callers.bodies:
        reply = await over_bus(callers.system, route, body, {"Idempotency-Key": str(new_id())})
        if reply is not None:
            answers = await callers.answers(route, content=body, headers=JSON)

            assert (reply.headers or {})["Samsyn-Status"] == "400"
            assert reply.data == answers[0].content
