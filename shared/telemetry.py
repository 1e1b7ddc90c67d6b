"""Tracer, meter, attribute names, and the trace context that travels through outbox, NATS and inbox.

One trace follows an act from the click to the far side: the span's context is written into the outbox row (`traceparent`), the relay
puts it into the NATS header, and the inbox opens its span under it. Attributes come from a closed list; an error is its type only.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from opentelemetry import context, metrics, propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

tracer = trace.get_tracer("samsyn")
meter = metrics.get_meter("samsyn")


class Attribute(StrEnum):
    """The only names a span or a measurement may carry. None of them can hold who, or what about whom (I9)."""

    METHOD = "http.request.method"
    ROUTE = "http.route"
    STATUS = "http.response.status_code"
    OPERATION = "samsyn.operation"
    ORGANISATION = "samsyn.organisation"
    MESSAGE = "samsyn.message"
    SOURCE = "samsyn.source"
    OUTCOME = "samsyn.outcome"
    PROBLEM = "samsyn.problem"
    LOOP = "samsyn.loop"
    COUNT = "samsyn.count"
    ERROR = "error.type"


Attributes = Mapping[Attribute, str | int | float | bool]

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Buckets of every histogram of time: from an engine's answer to a client that has given up."""

request_duration = meter.create_histogram(
    "http.server.request.duration",
    unit="s",
    description="From the first byte of the request to its end",
    explicit_bucket_boundaries_advisory=SECONDS,
)
loop_failures = meter.create_counter("samsyn.loop.failures", unit="{failure}", description="Turns of a loop that ended in an error")

stop_duration = meter.create_histogram(
    "samsyn.consent.stop.duration",
    unit="s",
    description="From the commit of a withdrawal, a no, a pause or another stop to sharing's word that nothing goes on it any more",
    explicit_bucket_boundaries_advisory=(*SECONDS, 60.0, 600.0, 3600.0, 86400.0),
)

reconciliation_differences = meter.create_counter(
    "samsyn.reconciliation.differences", unit="{row}", description="Rows that sharing had otherwise than consent"
)


def set_up(house: str, endpoint: str | None) -> TracerProvider:
    """Trace in this process; send over OTLP/HTTP only when an endpoint is set. The caller shuts the provider down at the end."""
    resource = Resource({"service.name": f"samsyn-{house}"})
    provider = TracerProvider(resource=resource)
    trace.set_tracer_provider(provider)
    if endpoint is not None:
        _export(provider, resource, endpoint.rstrip("/"))
    return provider


def _export(provider: TracerProvider, resource: Resource, base: str) -> None:
    # Imported here: the exporters and what they need are a fifth of a service's memory, and most processes send nothing.
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{base}/v1/traces")))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=f"{base}/v1/metrics"))
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=[reader]))


def traceparent() -> str | None:
    """The current W3C trace context as text, for an outbox row or a NATS header; None outside any span."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str:
    """The current trace's id, 32 hexadecimal digits; zeros outside any span."""
    return format(trace.get_current_span().get_span_context().trace_id, "032x")


@contextmanager
def span(
    name: str, *, parent: str | None = None, kind: SpanKind = SpanKind.INTERNAL, attributes: Attributes | None = None
) -> Iterator[Span]:
    """A span under `parent` (a traceparent text that came from outside, broken ones are ignored) or the current one.

    An exception marks it as failed with the type's name; message and stack could hold what somebody wrote, so they stay out.
    """
    under: Context | None = propagate.extract({"traceparent": parent}, Context()) if parent else None
    current = tracer.start_span(name, under, kind)
    token = context.attach(trace.set_span_in_context(current))
    if attributes:
        note(current, attributes)
    try:
        yield current
    except BaseException as error:
        failed(current, error)
        raise
    finally:
        context.detach(token)
        current.end()


def note(current: Span, attributes: Attributes) -> None:
    """Put attributes of the closed list on a span."""
    current.set_attributes({name.value: value for name, value in attributes.items()})


def failed(current: Span, error: BaseException) -> None:
    """Mark a span as failed: the type of the error, nothing of its text."""
    current.set_attribute(Attribute.ERROR.value, type(error).__qualname__)
    current.set_status(Status(StatusCode.ERROR))
