"""One Litestar application per house, made the same way: trace span, log line, security headers, authentication, strict input, problems.

The frame lies around Litestar itself, because its middleware, guards and `after_request` do not see every answer (an unknown path, a
wrong method). Inside it each request is authenticated before its own guards run, unless its route says `opt={"public": True}`.
A POST that only reads says `opt={"reads": True}`: its answer is never kept under an `Idempotency-Key`.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from litestar import Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.enums import ScopeType
from litestar.handlers.base import BaseRouteHandler
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler, HTTPScope, LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send
from opentelemetry.trace import Span, SpanKind

from shared import asyncapi, csrf, health, idempotency, logs, openapi, problems, telemetry
from shared.auth import Caller
from shared.clock import utc_now
from shared.contracts.message import Ask
from shared.database import Database
from shared.errors import Unauthenticated
from shared.health import Health
from shared.idempotency import Claim, Repeated
from shared.pages import forms
from shared.problems import Problem
from shared.strict import StrictRequest
from shared.telemetry import Attribute
from shared.work import TheCaller, Work

Connection = ASGIConnection[Any, Any, Any, Any]
Authenticate = Callable[[Connection], Awaitable[Caller | None]]
"""Who asks: from the `Authorization` header or the session cookie. None where there is neither; raises Unauthenticated for a bad one.

A session also puts its own secret on the connection with `csrf.bind`, which turns the check of forms on.
"""

Page = Callable[[Request[Any, Any, Any], Problem], Response[Any]]
"""A problem as a page, for a browser that asked for HTML; may send to the login instead."""

TRACE_HEADER = "Samsyn-Trace"
MAX_BODY = 1 << 20
"""Octets, where a route does not set its own `request_max_body_size`."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NOTE = "samsyn"


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """What the edges of one process work with; built in `shared.house`, or by a test."""

    database: Database
    ask: Ask
    authenticate: Authenticate
    public_url: str
    """Where people reach this house; forms must come from its origin."""
    issuer: str = ""
    """The provider's origin, which a form may be redirected to at login and logout."""
    health: Health = field(default_factory=Health)
    clock: Callable[[], datetime] = utc_now
    page: Page | None = None
    template_config: TemplateConfig[Any] | None = None


@dataclass(slots=True)
class _Note:
    """What the parts of one request tell its log line."""

    problem: str | None = None
    gone: bool = False


class HouseApp(Litestar):
    """Litestar inside our frame."""

    security_headers: tuple[tuple[bytes, bytes], ...] = ()

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend) -> None:
        """ASGI entry: every HTTP answer passes here, also those that Litestar makes before any middleware of its own."""
        if scope["type"] == ScopeType.HTTP:
            await self._framed(scope, receive, send)  # type: ignore[arg-type]
        else:
            await super().__call__(scope, receive, send)

    async def _framed(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status, note = 0, _Note()
        scope.setdefault("state", {})[_NOTE] = note
        parent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), None)
        with telemetry.span(scope["method"], parent=parent, kind=SpanKind.SERVER) as span:
            trace = (TRACE_HEADER.lower().encode(), telemetry.trace_id().encode())

            async def listen() -> Any:
                message = await receive()
                note.gone = note.gone or message["type"] == "http.disconnect"
                return message

            async def dress(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    given = list(message.get("headers", ()))
                    names = {name.lower() for name, _ in given}
                    message["headers"] = [*given, *(pair for pair in self.security_headers if pair[0] not in names), *_echoed(scope), trace]
                await send(message)

            try:
                await super().__call__(scope, listen, dress)
            finally:
                _tell(scope, span, note, status, time.perf_counter() - started)


def _echoed(scope: HTTPScope) -> list[tuple[bytes, bytes]]:
    """The header of the request that its route says is given back (`opt={"echo": <name>}`), on refusals too."""
    handler: BaseRouteHandler | None = scope.get("route_handler")
    wanted = b"" if handler is None else str(handler.opt.get("echo", "")).lower().encode()
    return [(name, value) for name, value in scope["headers"] if wanted and name == wanted][:1]


def _tell(scope: HTTPScope, span: Span, note: _Note, status: int, seconds: float) -> None:
    """One log line, the span's attributes and one measurement."""
    handler: BaseRouteHandler | None = scope.get("route_handler")
    route = str(scope.get("path_template") or "unknown") if handler is not None else "unknown"
    method = scope["method"] if scope["method"] in {*_SAFE, "POST", "PUT", "PATCH", "DELETE"} else "OTHER"
    outcome = "gone" if note.gone and not status else problems.outcome(status or 500)
    span.update_name(f"{method} {route}")
    telemetry.note(span, {Attribute.METHOD: method, Attribute.ROUTE: route, Attribute.STATUS: status, Attribute.OUTCOME: outcome})
    telemetry.request_duration.record(
        seconds, {Attribute.METHOD.value: method, Attribute.ROUTE.value: route, Attribute.STATUS.value: status}
    )
    if handler is not None and handler.opt.get("quiet"):
        return
    caller: Caller | None = scope.get("user")
    logs.line(
        "request.answered",
        method=method,
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        problem=note.problem,
        outcome=outcome,
        organisation=None if caller is None else caller.organisation,
    )


def make_app(
    *,
    house: str,
    routes: Sequence[ControllerRouterHandler],
    runtime: Runtime,
    lifespan: Iterable[Callable[[Litestar], AbstractAsyncContextManager[None]]] = (),
) -> HouseApp:
    """The application of one house: its routes, and `/health/*`, `/openapi.json`, `/asyncapi.json` and `/problems/*` beside them."""
    app = HouseApp(
        route_handlers=[*routes, *health.routes(), problems.explain, openapi.description, asyncapi.route(house)],
        guards=[_authentication(runtime.authenticate)],
        before_request=_form_check(runtime.public_url),
        dependencies=_dependencies(runtime),
        exception_handlers={Repeated: _answer_repeated, Exception: _answer_error(runtime.page)},
        request_class=StrictRequest,
        request_max_body_size=MAX_BODY,
        openapi_config=openapi.config(house),
        template_config=runtime.template_config,
        lifespan=list(lifespan),
        logging_config=None,
        debug=False,
        pdb_on_exception=False,
    )
    app.security_headers = _security_headers(runtime.issuer)
    return app


def _authentication(authenticate: Authenticate) -> Callable[[Connection, BaseRouteHandler], Awaitable[None]]:
    """The application's own guard, so the first that runs: from here on `scope["user"]` is the caller."""

    async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        if handler.opt.get("public") or connection.scope["method"] == "OPTIONS":  # type: ignore[typeddict-item]
            return
        await forms.keep(connection)
        caller = await authenticate(connection)
        if caller is None:
            raise Unauthenticated("not-logged-in")
        connection.scope["user"] = caller

    return guard


def _form_check(public_url: str) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    async def check(request: Request[Any, Any, Any]) -> None:
        if request.method not in _SAFE:
            await csrf.check(request, public_url)

    return check


def _dependencies(runtime: Runtime) -> dict[str, Provide]:
    def caller(request: Request[Any, Any, Any]) -> Any:
        return request.scope.get("user")

    def health_checks() -> Any:
        return runtime.health

    # Two that depend on nothing would be made side by side in a task group, which costs more than both
    async def work(request: Request[Any, Any, Any], caller: TheCaller) -> Any:  # noqa: ARG001  only for the order
        return Work(database=runtime.database, ask=runtime.ask, now=runtime.clock(), claim=await _claim(request))

    return {
        "caller": Provide(caller, sync_to_thread=False),
        "work": Provide(work),
        "health": Provide(health_checks, sync_to_thread=False),
    }


async def _claim(request: Request[Any, Any, Any]) -> Claim | None:
    caller: Caller | None = request.scope.get("user")
    options = request.route_handler.opt
    if caller is None or request.method in _SAFE or options.get("reads") or idempotency.HEADER not in request.headers:
        return None
    operation = options.get("operation")
    target = f"in {operation}" if operation else f"{request.method} {request.scope['path']}"
    success: int = request.route_handler.status_code
    return Claim.of(caller, request.headers, target, await request.body(), success=success)


def _answer_repeated(_request: Request[Any, Any, Any], repeated: Repeated) -> Response[bytes]:
    media_type = "application/json" if repeated.status < 400 else problems.MEDIA_TYPE  # noqa: PLR2004  the first error status
    return Response(repeated.body, status_code=repeated.status, media_type=media_type)


def _answer_error(page: Page | None) -> Callable[[Request[Any, Any, Any], Exception], Response[Any]]:
    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        note: _Note = request.scope["state"][_NOTE]
        problem = problems.of(error)
        note.problem = problem.code
        if not note.gone:
            problems.report(problem, error)
        if page is not None and not request.scope["path"].startswith("/v1/") and "text/html" in request.headers.get("accept", ""):
            return page(request, problem)
        return problems.response(problem)

    return answer


def _security_headers(issuer: str) -> tuple[tuple[bytes, bytes], ...]:
    """design/pages.md 6.1. A form may lead to the provider, whose origin CSP must then name."""
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self' {csrf.origin(issuer) or ''}; frame-ancestors 'none'; base-uri 'none'"
    ).replace(" ;", ";")
    pairs = {
        "content-security-policy": policy,
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    return tuple((name.encode(), value.encode()) for name, value in pairs.items())
