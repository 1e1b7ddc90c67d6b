"""Tracer, meter, attribute names, and the trace context that travels through outbox, NATS and inbox."""

from opentelemetry import propagate, trace

tracer = trace.get_tracer("samsyn")


def traceparent() -> str | None:
    """The current W3C trace context as text, for an outbox row or a NATS header; None outside any span."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent")
