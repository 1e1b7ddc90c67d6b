"""The canary (I9): one child with a name and a number used nowhere else goes through everything, and then both are looked for."""

import base64
import json
from collections.abc import AsyncIterator, Iterable
from urllib.parse import quote

import httpx2
import msgspec
import pytest
from nats.aio.msg import Msg

from deploy.demo import inspection
from deploy.demo.delivery import confirm_and_send, receive, withdraw
from deploy.demo.narrator import Narrator
from deploy.demo.proof import outsiders_try
from deploy.demo.questions import ask_the_family, may_i_tell
from deploy.demo.stage import Stage, System
from deploy.embedded.home import Running
from deploy.embedded.roles import database_of
from deploy.nats.config import read_seeds
from deploy.provider.browser import Browser
from shared.bus import Bus
from shared.clock import utc_now
from shared.ids import new_id
from shared.telemetry import Attribute
from tests.collector import Collector
from tests.eventually import eventually
from tests.journeys.openapi import HOUSES, Route, over_bus, provocations, routes

NAME = "Kanariefågel"
ENOUGH = 20
"""Of anything there is at least so much in a whole story; fewer means that the search looked at nothing."""


class Heard(msgspec.Struct, frozen=True):
    """One message on the bus."""

    subject: str
    reply: str
    headers: str
    body: bytes


class Told(msgspec.Struct):
    """What became of one story, and everything that was seen of it."""

    stage: Stage
    bus: list[Heard] = []
    answers: list[tuple[str, httpx2.Response]] = []
    """Refusals, provoked with name and number in every field; each with its route."""

    @property
    def forbidden(self) -> list[str]:
        """The child's name and number and the guardians' numbers, in each way that people write them."""
        family = self.stage.family
        numbers = [person.number for person in (family.child, *family.guardians)]
        written = [form for n in numbers for form in (n, f"{n[:8]}-{n[8:]}", n[2:], f"{n[2:8]}-{n[8:]}")]
        return [*written, NAME, NAME.casefold(), quote(NAME), NAME.encode("unicode_escape").decode(), NAME.replace("å", "\\u00e5")]


@pytest.fixture(scope="module")
async def told(running_suite: Running, collector: Collector) -> AsyncIterator[Told]:
    """Steps 1 to 6 of the story, with an ear in the houses' account of the bus; then every refusal that can be provoked."""
    ear = await Bus.open(running_suite.addresses["bus"], name="deploy", nkey_seed=read_seeds(running_suite.secrets).deploy, required=True)
    async with Stage(running_suite, Narrator(lambda _: None)) as stage:
        made = Told(stage)

        async def hear(msg: Msg) -> None:
            made.bus.append(Heard(msg.subject, msg.reply, repr(msg.headers), msg.data))

        await ear.subscribe(">", hear)
        sent = await confirm_and_send(stage, await ask_the_family(stage, await may_i_tell(stage, NAME)))
        await receive(stage, sent)
        await withdraw(stage, sent)
        await outsiders_try(stage)
        made.answers = await provoke(stage)
        last = made.answers[-1][1].headers["samsyn-trace"]
        await eventually(lambda: collector.of_trace(last) and len(collector.metrics) == len(HOUSES))
        yield made
    await ear.close()


async def provoke(stage: Stage) -> list[tuple[str, httpx2.Response]]:
    """Each route of each house with the child's name and number wherever something can be written."""
    who = {
        "consent": [await stage.staff("counsellor", "consent"), await stage.citizen(stage.family.guardians[0].number)],
        "sharing": [await stage.staff("counsellor", "sharing")],
        "audit": [await stage.staff("school-dpo", "audit")],
    }
    gathered: list[tuple[str, httpx2.Response]] = []
    system = await stage.system("o5ek")
    for house in HOUSES:
        for browser in who[house]:
            for route in await routes(browser.get, house, stage.urls[house]):
                for text in (stage.family.child.number, NAME):
                    name = f"{house} {route.method} {route.path}"
                    gathered += [(name, answer) async for answer in misused(stage, browser, route, text)]
                    gathered += [(f"bus {name}", answer) async for answer in misused_over_bus(system, route, text)]
    return gathered


async def misused(stage: Stage, browser: Browser, route: Route, text: str) -> AsyncIterator[httpx2.Response]:
    """One route, with a text in path, query, header and body."""
    base = stage.urls[route.house]
    names = [one["name"] for one in route.parameters if one["in"] == "path"]
    url = base + route.at(**dict.fromkeys(names, quote(text)))
    query = {one["name"]: text for one in route.parameters if one["in"] == "query"} | {"child": text}
    if not route.takes_body:
        yield await browser.send(route.method, url, params=query)
        yield await browser.send(route.method, base + route.at(), params=query, headers={"If-None-Match": quote(text)})
        return
    yield await browser.send(route.method, url, params=query, json={}, headers={"Idempotency-Key": f"{quote(text)} {utc_now()}"})
    for body in provocations(route, text):
        yield await browser.send(route.method, base + route.at(), json=body)
    yield await browser.send(
        route.method, base + route.at(), content=f'{{"{text}": {text}'.encode(), headers={"Content-Type": "application/json"}
    )


async def misused_over_bus(system: System, route: Route, text: str) -> AsyncIterator[httpx2.Response]:
    """The NATS twin of a route, where it has one; the reply in HTTP's clothes."""
    for body in [msgspec.json.encode(body) for body in provocations(route, text)] if route.takes_body else []:
        reply = await over_bus(system, route, body, {"Idempotency-Key": str(new_id())})
        if reply is not None:
            yield httpx2.Response(int((reply.headers or {})["Samsyn-Status"]), content=reply.data, headers=reply.headers)


def found(texts: Iterable[str], *where: object) -> list[str]:
    """Which of the texts lie somewhere there, in any disguise."""
    places = [place if isinstance(place, bytes) else str(place).encode() for place in where]
    return sorted({text for text in texts for form in inspection.disguises(text) for place in places if form in place})


async def test_no_log_and_no_store_of_the_bus_and_no_database_holds_name_or_number(told: Told) -> None:
    control = str(told.stage.case_id)

    where = await inspection.where(told.stage.running, [*told.forbidden, control, "request.answered"])

    assert len(where.pop(control)) >= 2
    assert {f"log/{house}.log" for house in HOUSES} <= set(where.pop("request.answered"))
    assert {text: places for text, places in where.items() if places} == {}


def test_no_span_and_no_metric_holds_name_or_number(told: Told, collector: Collector) -> None:
    exported = list(collector.raw)

    assert {span.service for span in collector.spans} == {f"samsyn-{house}" for house in HOUSES}
    assert all("http.server.request.duration" in names for names in collector.metrics.values())
    assert found(["POST /v1/permits", "question coverage", "/v1/children"], *exported) == [
        "/v1/children",
        "POST /v1/permits",
        "question coverage",
    ]
    assert found(told.forbidden, *exported) == []


def test_no_span_has_an_event_or_an_attribute_that_is_not_on_the_list(told: Told, collector: Collector) -> None:
    assert told.answers
    assert {name for span in collector.spans for name in span.attributes} <= {name.value for name in Attribute}
    assert collector.events == []


def test_no_subject_and_no_header_of_the_bus_holds_name_or_number(told: Told) -> None:
    heads = [f"{heard.subject} {heard.reply} {heard.headers}" for heard in told.bus]

    assert len(heads) > ENOUGH
    assert found(["samsyn.out.o2rg.sharing.delivery", "samsyn.call.consent.coverage.v1", "traceparent", "ce-id"], *heads) == [
        "ce-id",
        "samsyn.call.consent.coverage.v1",
        "samsyn.out.o2rg.sharing.delivery",
        "traceparent",
    ]
    assert found(told.forbidden, *heads) == []


def test_what_houses_tell_each_other_and_organisations_never_holds_name_or_number(told: Told) -> None:
    # What a system asks is its own; we have just sent it the number ourselves
    bodies = [heard.body for heard in told.bus if not heard.subject.startswith(("samsyn.in.", "samsyn.ask."))]

    assert found([told.stage.case_id], *bodies) == [told.stage.case_id]
    assert found(told.forbidden, *bodies) == []


def test_no_problem_repeats_name_or_number(told: Told) -> None:
    refusals = [(route, answer) for route, answer in told.answers if answer.status_code >= 400]

    assert {answer.status_code for _, answer in refusals} >= {400, 403, 404}
    assert len(refusals) > 10 * ENOUGH
    assert [route for route, answer in refusals if answer.status_code >= 500] == []
    said = [(route, found(told.forbidden, answer.content, repr(answer.headers))) for route, answer in refusals]
    assert [(route, texts) for route, texts in said if texts] == []


async def test_the_search_finds_what_lies_in_a_database(told: Told) -> None:
    dump = await inspection.dump_database(told.stage.running, database_of("consent"))

    assert found([told.stage.child_ref], dump) == [told.stage.child_ref]


def test_the_search_finds_a_number_in_every_disguise(told: Told) -> None:
    number = told.stage.family.child.number
    hidden = [base64.b64encode(f"{{'n': '{number}'}}".encode()), number.encode().hex(), f"GET /x?n={number[2:8]}-{number[8:]}"]

    assert all(found(told.forbidden, place) for place in hidden)
    assert found(told.forbidden, f"/v1/children?name={quote(NAME)}", json.dumps({"name": NAME})) != []
