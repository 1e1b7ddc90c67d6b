"""One trace from a click to the far side: HTTP, outbox, NATS, inbox. Judged by the spans that the running suite really sends."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import msgspec
import pytest
from samsyn_connect.bus import Notice
from samsyn_connect.client import Written

from deploy.demo.questions import ASSESSMENT, ATTENDANCE, decide
from deploy.demo.stage import System
from deploy.embedded.home import Running
from shared.clock import utc_now
from shared.ids import new_id
from tests.collector import Collector, Span
from tests.eventually import eventually
from tests.journeys.case import CONTENT, Case, consented

Hops = Counter[tuple[str, str]]


class Click:
    """A click at a desk that traces itself."""

    def __init__(self) -> None:
        self.trace, self.span = secrets.token_hex(16), secrets.token_hex(8)

    @property
    def parent(self) -> str:
        return f"00-{self.trace}-{self.span}-01"


@pytest.fixture(scope="module")
async def case(running_suite: Running) -> AsyncIterator[Case]:
    async with consented(running_suite) as made:
        yield made


@pytest.fixture(scope="module")
async def school(case: Case) -> System:
    return await case.stage.system("o5ek")


@pytest.fixture(scope="module")
async def clinic(case: Case) -> System:
    return await case.stage.system("o2rg")


async def permit_and_send(case: Case, school: System, click: Click) -> list[UUID]:
    """The counsellor confirms and the desk sends, all in one click."""
    counsellor = await case.stage.staff("counsellor", "sharing")
    decision = await decide(case.stage, counsellor, ATTENDANCE, ASSESSMENT)
    confirmed = {"decision_id": decision["decision_id"], "items": [{"item_id": item["item_id"]} for item in decision["items"]]}
    answer = await counsellor.post(f"{case.stage.urls['sharing']}/v1/permits", json=confirmed, headers={"traceparent": click.parent})
    assert answer.status_code == 201
    permit = answer.json()
    written = [
        Written(bound=one["binding"], author="Kim Ek", child={"name": "Tindra"}, content=CONTENT[one["binding"]["category"]])
        for one in permit["items"]
    ]
    school.bus.trace = lambda: click.parent
    results = await school.connection.send(UUID(permit["permit_id"]), written, now=utc_now(), request_id=str(new_id()))
    return [result.delivery_id for result in results if result.delivery_id is not None]


async def notices(clinic: System, name: str, deliveries: list[UUID]) -> list[Notice]:
    """The clinic's notices of these deliveries, confirmed as they come."""
    wanted, gathered = {str(delivery) for delivery in deliveries}, []

    async def all_there() -> bool:
        for notice in await clinic.bus.notices(within=0.3):
            if notice.name == name and msgspec.json.decode(notice.body)["delivery_id"] in wanted:
                gathered.append(notice)
            await clinic.connection.confirm([UUID(notice.notice_id)], request_id=str(new_id()))
            await notice.acknowledge()
        return len(gathered) >= len(wanted)

    await eventually(all_there, within=10)
    return gathered


async def spans_with(collector: Collector, click: Click, wanted: Hops) -> list[Span]:
    """Everything of the click's trace, as soon as these hops are among it."""

    def seen() -> Hops:
        return Counter((span.service, span.name) for span in collector.of_trace(click.trace))

    try:
        await eventually(lambda: wanted <= seen(), within=10)
    except AssertionError:
        assert seen() == wanted  # shows what is missing
    return collector.of_trace(click.trace)


def strangers(spans: list[Span], click: Click) -> list[Span]:
    """Spans whose parent is neither the click nor a span of the trace."""
    known = {span.id for span in spans} | {click.span}
    return [span for span in spans if span.parent not in known]


async def test_one_trace_leads_from_the_confirmation_to_delivery_release_receipt_and_the_log(
    case: Case, school: System, clinic: System, collector: Collector
) -> None:
    click = Click()
    deliveries = await permit_and_send(case, school, click)

    for notice in await notices(clinic, "delivery", deliveries):
        assert notice.trace.split("-")[1] == click.trace
        clinic.bus.trace = lambda notice=notice: notice.trace  # type: ignore[misc]
        delivery = UUID(msgspec.json.decode(notice.body)["delivery_id"])
        await clinic.connection.fetch(delivery, request_id=str(new_id()))
        await clinic.connection.give_receipt(delivery, "stored", now=utc_now(), request_id=str(new_id()))
    wanted = Hops(
        {
            ("samsyn-sharing", "POST /v1/permits"): 1,
            ("samsyn-sharing", "operation.items"): 1,
            ("samsyn-sharing", "operation.fetch"): 2,
            ("samsyn-sharing", "operation.receipt"): 2,
            ("samsyn-consent", "question child"): 1,
            ("samsyn-audit", "event entry"): 7,
        }
    )
    spans = await spans_with(collector, click, wanted)

    assert strangers(spans, click) == []


async def test_one_trace_leads_from_the_stop_to_the_delivery_that_is_stopped_and_the_log(
    case: Case, school: System, clinic: System, collector: Collector
) -> None:
    deliveries = await permit_and_send(case, school, Click())
    await notices(clinic, "delivery", deliveries)
    guardian = await case.stage.citizen(case.stage.family.guardians[0].number)
    click = Click()

    url = f"{case.stage.urls['consent']}/v1/consents/{case.consent_id}/withdrawal"
    answer = await guardian.post(url, json={}, headers={"traceparent": click.parent})

    assert answer.json()["state"] == "stopped"
    assert answer.headers["samsyn-trace"] == click.trace
    (stopped,) = await notices(clinic, "stopped", deliveries[1:])
    assert stopped.trace.split("-")[1] == click.trace
    wanted = Hops(
        {
            ("samsyn-consent", "POST /v1/consents/{consent_id}/withdrawal"): 1,
            ("samsyn-sharing", "question stop"): 1,
            ("samsyn-sharing", "event rows-changed"): 1,
            ("samsyn-audit", "event entry"): 3,
        }
    )
    assert strangers(await spans_with(collector, click, wanted), click) == []
