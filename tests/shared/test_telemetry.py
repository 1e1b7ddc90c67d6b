"""One trace from the click to the far side, with a closed list of attributes and no text of an error."""

from collections.abc import Iterator
from typing import cast

import httpx2
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared import operations, telemetry
from shared.database import Database
from shared.ids import opaque_id
from shared.telemetry import Attribute
from shared.work import Work
from tests.shared.conftest import NOW, SYSTEM, Nobody
from tests.shared.library.http import OPERATIONS

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(port: int) -> Iterator[InMemorySpanExporter]:
    assert port
    exporter = InMemorySpanExporter()
    processor = SimpleSpanProcessor(exporter)
    cast("TracerProvider", trace.get_tracer_provider()).add_span_processor(processor)
    yield exporter
    processor.shutdown()


def only(spans: InMemorySpanExporter) -> ReadableSpan:
    (span,) = spans.get_finished_spans()
    return span


async def test_a_request_continues_the_trace_it_came_with(client: httpx2.AsyncClient, spans: InMemorySpanExporter) -> None:
    answer = await client.get("/v1/shelf?limit=3", headers={"traceparent": PARENT})

    span = only(spans)
    assert answer.headers["samsyn-trace"] == PARENT.split("-")[1]
    assert span.parent is not None
    assert format(span.parent.span_id, "016x") == PARENT.split("-")[2]
    assert span.name == "GET /v1/shelf"
    assert span.attributes == {
        "http.request.method": "GET",
        "http.route": "/v1/shelf",
        "http.response.status_code": 200,
        "samsyn.outcome": "done",
    }


@pytest.mark.parametrize("broken", ["", "00-0-0-00", "kanarie", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
async def test_a_broken_trace_context_begins_a_new_one(client: httpx2.AsyncClient, broken: str) -> None:
    answer = await client.get("/", headers={"traceparent": broken})

    assert answer.status_code == 200
    assert answer.headers["samsyn-trace"].strip("0")


async def test_the_outbox_row_carries_the_requests_trace(client: httpx2.AsyncClient, library_db: Database) -> None:
    answer = await client.post("/v1/loans", json={"book": str(opaque_id())}, headers={"Idempotency-Key": str(opaque_id())})

    async with library_db.connection() as connection:
        rows = await connection.fetch("select traceparent from outbox order by position desc limit 1")
    assert rows[0]["traceparent"].split("-")[1] == answer.headers["samsyn-trace"]


async def test_an_operation_over_the_bus_continues_its_message_trace(library_db: Database, spans: InMemorySpanExporter) -> None:
    work = Work(database=library_db, ask=Nobody(), now=NOW)

    await operations.answer(OPERATIONS[1], work, SYSTEM, b'{"book": "abc"}', {"traceparent": PARENT})

    span = only(spans)
    assert span.context is not None
    assert format(span.context.trace_id, "032x") == PARENT.split("-")[1]
    assert span.attributes == {
        "samsyn.operation": "pages",
        "samsyn.organisation": "o5ek",
        "http.response.status_code": 200,
        "samsyn.outcome": "done",
    }


def test_a_failing_span_tells_the_type_and_not_the_text(spans: InMemorySpanExporter) -> None:
    with pytest.raises(RuntimeError), telemetry.span("usecase.fail", attributes={Attribute.LOOP: "relay"}):
        raise RuntimeError("Kanarie")

    span = only(spans)
    assert span.attributes == {"samsyn.loop": "relay", "error.type": "RuntimeError"}
    assert (span.events, span.status.description) == ((), None)


def test_outside_any_span_there_is_no_trace() -> None:
    assert (telemetry.traceparent(), telemetry.trace_id().strip("0")) == (None, "")
