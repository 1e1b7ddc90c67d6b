"""The routes of consent over ASGI, on the real database; who calls is given, for tokens and sessions have their own tests."""

import itertools
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from litestar.connection import ASGIConnection

from services.consent.app import operations_of, routes_of
from services.consent.domain.register import Registered
from shared import operations
from shared.auth import Caller
from shared.contracts.message import Question
from shared.contracts.sharing import Stop, StopAnswer
from shared.database import Database
from shared.errors import Unavailable
from shared.http import Runtime, make_app
from tests.consent.world import CHILD, MEANS, NOW, STAFF, SYSTEM, Family, ask, covered, family, number, registered

Client = httpx.AsyncClient


class Sharing:
    """What sharing says to a stop; can be away."""

    def __init__(self) -> None:
        self.away = False
        self.deaf_to = 0
        self.asked: list[Stop] = []

    async def ask(self, question: Question[Any], /, *, within: float = 2.0) -> Any:
        assert within == 2.0
        assert isinstance(question, Stop)
        self.asked.append(question)
        if self.away or question.revision == self.deaf_to:
            raise Unavailable
        return StopAnswer(consent_id=question.consent_id, revision=question.revision, stopped_at=NOW)


class Stage:
    """One application, who calls next, and what time it is."""

    def __init__(self) -> None:
        self.caller: Caller | None = None
        self.now = NOW
        self.sharing = Sharing()
        self.register: dict[str, Registered] = {CHILD: registered()}

    async def authenticate(self, _connection: ASGIConnection[Any, Any, Any, Any]) -> Caller | None:
        return self.caller

    async def look_up(self, number: str) -> Registered | None:
        return self.register.get(number)

    def clock(self) -> datetime:
        return self.now

    def be(self, caller: Caller, *scopes: str) -> None:
        self.caller = msgspec.structs.replace(caller, scopes=frozenset(scopes or {"consent:answer"}))


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def client(consent_db: Database, stage: Stage) -> AsyncIterator[Client]:
    runtime = Runtime(
        database=consent_db,
        ask=stage.sharing.ask,
        authenticate=stage.authenticate,
        public_url="https://consent.samsyn.example",
        clock=stage.clock,
    )
    app = make_app(house="consent", routes=[*routes_of(MEANS), *operations.routes(operations_of(MEANS, stage))], runtime=runtime)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # Litestar's own names for the same ASGI types
    async with httpx.AsyncClient(transport=transport, base_url="https://consent.samsyn.example") as made:
        yield made


_DAY = itertools.count(1)


@pytest.fixture
async def home(consent_db: Database, stage: Stage) -> Family:
    """A family with a child of its own in each test: the module's tests share a database."""
    child = number(f"201305{next(_DAY):02}", 980)
    stage.register[child] = registered(child)
    async with consent_db.transaction() as tx:
        return await family(tx, child=child)


async def answer(client: Client, request_id: object, *, choice: str = "yes") -> Any:
    page = (await client.get(f"/v1/requests/{request_id}")).json()
    answers = [{"row": row["row"], "choice": choice} for row in page["page"]["rows"]]
    return await client.post(f"/v1/requests/{request_id}/answers", json={"served_id": page["served_id"], "answers": answers})


async def given(
    client: Client, stage: Stage, home: Family, database: Database, categories: tuple[str, ...] = ("pupil-health",)
) -> tuple[str, Any]:
    """A consent that everybody has given: its id and the request."""
    async with database.transaction() as tx:
        event = await ask(tx, home.subject_id, categories=categories)
    for who in (home.mother, home.father, home.child):
        stage.be(who)
        last = await answer(client, event.request_id)
    assert last.json()["complete"]
    consents = (await client.get("/v1/consents")).json()["consents"]
    return next(one["consent_id"] for one in consents if one["request_id"] == str(event.request_id)), event


async def test_a_child_has_one_reference_in_an_organisation_whoever_of_it_asks(client: Client, stage: Stage, home: Family) -> None:
    stage.be(STAFF, "consent:ask")
    first = await client.post("/v1/children", json={"number": home.number})
    again = await client.post("/v1/children", json={"number": f"{home.number[:8]}-{home.number[8:]}"})
    stage.be(SYSTEM, "consent:ask")
    system = await client.post("/v1/children", json={"number": home.number})

    assert first.status_code == 200
    assert first.json() == {"child_ref": str(home.child_ref)}
    assert first.content == again.content == system.content


@pytest.mark.usefixtures("home")
async def test_an_unknown_child_gets_an_answer_of_the_same_form(client: Client, stage: Stage) -> None:
    stage.be(STAFF, "consent:ask")
    known = await client.post("/v1/children", json={"number": CHILD})
    unknown = await client.post("/v1/children", json={"number": number("20150101", 990)})

    assert unknown.status_code == known.status_code
    assert len(unknown.content) == len(known.content)


@pytest.mark.parametrize("wrong", [CHILD[:-1] + str((int(CHILD[-1]) + 1) % 10), "201305", "20131399" + CHILD[8:], "", "nittonhundra"])
async def test_a_wrong_number_is_pointed_at_and_never_repeated(client: Client, stage: Stage, wrong: str) -> None:
    stage.be(STAFF, "consent:ask")
    answered = await client.post("/v1/children", json={"number": wrong})

    assert answered.status_code == 400
    assert answered.json()["errors"][0]["pointer"] == "#/number"
    assert not wrong or wrong not in answered.text


@pytest.mark.usefixtures("home")
async def test_staff_without_a_grant_name_nobody(client: Client, stage: Stage) -> None:
    stage.be(msgspec.structs.replace(STAFF, subject="nobody"), "consent:ask")
    answered = await client.post("/v1/children", json={"number": CHILD})

    assert answered.status_code == 403
    assert answered.json()["type"] == "/problems/no-grant"


async def test_a_withdrawal_says_stopped_only_on_the_word_of_sharing(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, event = await given(client, stage, home, consent_db)

    stage.be(home.father)
    answered = await client.post(f"/v1/consents/{consent_id}/withdrawal", json={})

    assert answered.json()["state"] == "stopped"
    assert [str(one.consent_id) for one in stage.sharing.asked] == [consent_id]
    async with consent_db.transaction() as tx:
        assert (await covered(tx, event)).state == "withdrawn"
        stopped = await tx.fetch("select body from outbox where name = 'stopped'")
    assert consent_id in {msgspec.json.decode(row["body"])["consent_id"] for row in stopped}


async def test_while_sharing_is_away_a_withdrawal_is_recorded_and_being_confirmed(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, event = await given(client, stage, home, consent_db)
    stage.sharing.away = True

    stage.be(home.mother)
    first = await client.post(f"/v1/consents/{consent_id}/withdrawal", json={})
    async with consent_db.transaction() as tx:
        meanwhile = await covered(tx, event)
    stage.sharing.away = False
    again = await client.post(f"/v1/consents/{consent_id}/withdrawal", json={})

    assert first.json()["state"] == "being-confirmed"
    assert meanwhile.state == "withdrawn"
    assert again.json()["state"] == "stopped"


async def test_nothing_is_called_stopped_while_an_earlier_stop_of_it_waits(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, _ = await given(client, stage, home, consent_db, categories=("pupil-health", "plan"))
    stage.be(home.mother)
    stage.sharing.away = True
    await client.post(f"/v1/consents/{consent_id}/withdrawal", json={"row": 1})
    stage.sharing.away = False
    stage.sharing.deaf_to = stage.sharing.asked[-1].revision

    whole = await client.post(f"/v1/consents/{consent_id}/withdrawal", json={})
    stage.sharing.deaf_to = 0
    again = await client.post(f"/v1/consents/{consent_id}/withdrawal", json={})

    assert whole.json()["state"] == "being-confirmed"
    assert again.json()["state"] == "stopped"


async def test_answering_takes_a_strong_login_and_withdrawing_does_not(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    consent_id, event = await given(client, stage, home, consent_db)
    stage.be(msgspec.structs.replace(home.mother, acr="http://id.elegnamnden.se/loa/1.0/loa2"))

    answered = await answer(client, event.request_id)
    withdrawn = await client.post(f"/v1/consents/{consent_id}/withdrawal", json={})

    assert answered.status_code == 401
    assert "insufficient_user_authentication" in answered.headers["www-authenticate"]
    assert withdrawn.status_code == 200


async def test_unknown_and_not_yours_are_the_same_bytes(client: Client, stage: Stage, home: Family, consent_db: Database) -> None:
    consent_id, event = await given(client, stage, home, consent_db)
    nobody = "018f0000-0000-7000-8000-000000000000"
    stage.be(home.stranger)

    for method, path, mine in (("GET", "/v1/requests/{}", event.request_id), ("POST", "/v1/consents/{}/withdrawal", consent_id)):
        body: dict[str, str] | None = {} if method == "POST" else None
        yours = await client.request(method, path.format(mine), json=body)
        unknown = await client.request(method, path.format(nobody), json=body)

        assert yours.status_code == unknown.status_code == 404
        assert yours.content == unknown.content
        ignored = {"samsyn-trace", "date"}
        left, right = ({k: v for k, v in one.headers.items() if k not in ignored} for one in (yours, unknown))
        assert left == right


async def test_a_guardian_cannot_tell_from_any_page_what_the_other_has_answered(
    client: Client, stage: Stage, home: Family, consent_db: Database
) -> None:
    async with consent_db.transaction() as tx:
        quiet = await ask(tx, home.subject_id, now=NOW + timedelta(hours=1))
        refused = await ask(tx, home.subject_id, categories=("plan",), now=NOW + timedelta(hours=1))
    stage.be(home.father)
    await answer(client, refused.request_id, choice="no")

    stage.be(home.mother)
    seen = []
    for event in (quiet, refused):
        page = (await client.get(f"/v1/requests/{event.request_id}")).json()
        listed = next(one for one in (await client.get("/v1/requests")).json()["requests"] if one["request_id"] == str(event.request_id))
        for one in (page, listed):
            for name in ("request_id", "served_id", "page", "rows", "asked_at", "answer_by"):
                one.pop(name, None)
        seen.append((page, listed))

    assert seen[0] == seen[1]


async def test_an_unknown_field_is_pointed_at(client: Client, stage: Stage) -> None:
    stage.be(STAFF, "consent:ask")
    answered = await client.post("/v1/children", json={"number": CHILD, "name": "x"})

    assert answered.status_code == 400
    assert answered.json()["errors"][0]["pointer"] == "#/name"


async def test_no_route_is_open_to_a_caller_without_the_scope(client: Client, stage: Stage, home: Family) -> None:
    for method, path, right in (
        ("GET", "/v1/requests", home.mother),
        ("GET", "/v1/consents", home.mother),
        ("POST", "/v1/children", STAFF),
        ("POST", "/v1/custody-statements", STAFF),
        ("POST", "/v1/judgements", STAFF),
    ):
        stage.be(right, "something:else")
        answered = await client.request(method, path, json={} if method == "POST" else None)
        assert answered.status_code == 403, path
