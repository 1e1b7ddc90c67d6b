"""A receiver of OpenTelemetry over OTLP/HTTP: keeps every span and metric that the suite really sends, for tests to look through."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import msgspec
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One span as it was sent."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    """Empty for the first of a trace."""
    attributes: dict[str, str]


class Collector:
    """`with Collector() as collector`: listens on loopback at `endpoint`."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        """Every request's body: protobuf keeps text as it is, so a search finds it."""
        self.spans: list[Span] = []
        self.events: list[str] = []
        """Names of events on spans: where libraries put the text of an exception."""
        self.metrics: dict[str, set[str]] = {}
        """Names of metrics by service."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def endpoint(self) -> str:
        """What `SAMSYN_OTLP_ENDPOINT` is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def of_trace(self, trace: str) -> list[Span]:
        """What has come of one trace so far."""
        return [span for span in list(self.spans) if span.trace == trace]

    def named(self, name: str) -> list[Span]:
        """Spans with this name so far."""
        return [span for span in list(self.spans) if span.name == name]

    def take(self, path: str, body: bytes) -> None:
        """One request of an exporter."""
        self.raw.append(body)
        if path == "/v1/traces":
            request = ExportTraceServiceRequest.FromString(body)
            self.spans.extend(_spans(request))
            self.events.extend(
                event.name
                for group in request.resource_spans
                for scope in group.scope_spans
                for span in scope.spans
                for event in span.events
            )
        else:
            for group in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                names = {metric.name for scope in group.scope_metrics for metric in scope.metrics}
                self.metrics.setdefault(_service(group), set()).update(names)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self.take

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                take(self.path, self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing: the test looks at what came."""

        return Handler


def _spans(request: Any) -> Iterator[Span]:
    for group in request.resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                yield Span(
                    service=_service(group),
                    name=span.name,
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    attributes={one.key: _text(one.value) for one in span.attributes},
                )


def _service(group: Any) -> str:
    return next(str(one.value.string_value) for one in group.resource.attributes if one.key == "service.name")


def _text(value: Any) -> str:
    return str(getattr(value, value.WhichOneof("value")))
