"""The desk as a Litestar application, and its server."""

import logging
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import uvicorn
from litestar import Litestar, Request, Response, get
from litestar.datastructures import MutableScopeHeaders
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import Message, Scope

from samsyn_connect.clock import utc_now
from samsyn_connect.config import Config
from samsyn_connect.desk import inbox, people, write
from samsyn_connect.desk.desk import AnyRequest, Desk, Fault, NotLoggedIn
from samsyn_connect.transport import Unreachable

LARGEST_FORM = 1 << 20
_STATUS_TEXT = {404: "fault-not-found", 405: "fault-method", 413: "fault-too-large"}
log = logging.getLogger("samsyn.desk")


@get("/desk.css")
async def style() -> Response[bytes]:
    """The one stylesheet."""
    return Response(files("samsyn_connect.desk").joinpath("static/desk.css").read_bytes(), media_type="text/css")


@get("/health/live")
async def live() -> dict[str, str]:
    """Answers while the process does."""
    return {"status": "live"}


def make_app(config: Config, clock: Callable[[], datetime] = utc_now) -> Litestar:
    """The application of one organisation; `app.state.desk` is the desk itself, for tests.

    Raises ValueError without `[desk]` in the configuration.
    """
    if config.desk is None:
        raise ValueError("the configuration has no [desk]")
    http = httpx2.AsyncClient(trust_env=False)
    desk = Desk(config, config.desk, http, clock)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        async with http:
            yield

    app = Litestar(
        [style, live, *people.HANDLERS, *write.HANDLERS, *inbox.HANDLERS],
        dependencies={"desk": Provide(lambda: desk, sync_to_thread=False)},
        exception_handlers={
            NotLoggedIn: lambda _request, _error: people.see_other("/"),
            Fault: lambda request, fault: _fault_page(desk, request, fault.code, fault.status),
            Unreachable: lambda request, _error: _fault_page(desk, request, "fault-unreachable", 503),
            HTTPException: lambda request, error: _fault_page(
                desk, request, _STATUS_TEXT.get(error.status_code, "fault-unreadable"), error.status_code
            ),
            Exception: lambda request, _error: _fault_page(desk, request, "fault-bug", 500),
        },
        before_request=_own_host_only(desk),
        before_send=[_dress(config.issuer)],
        after_exception=[_note],
        lifespan=[lifespan],
        request_max_body_size=LARGEST_FORM,
        openapi_config=None,
        logging_config=None,
    )
    app.state.desk = desk
    return app


def serve(config: Config, port: int) -> None:
    """Serve on loopback until told to stop; TLS is the work of what stands in front. Nothing that is sent is logged."""
    uvicorn.run(make_app(config), host="127.0.0.1", port=port, access_log=False, log_level="warning", server_header=False)


def _fault_page(desk: Desk, request: AnyRequest, code: str, status: int) -> Response[bytes]:
    session = desk.sessions.find(request.cookies.get(desk.cookie), desk.clock())
    return desk.page(request, "fault.html", session=session, status=status, code=code)


def _own_host_only(desk: Desk) -> Any:
    async def check(request: Request[Any, Any, Any]) -> Response[bytes] | None:
        return None if request.headers.get("host") == desk.host else Response(b"", status_code=421)

    return check


def _dress(issuer: str) -> Any:
    """design: no script, nothing from elsewhere, kept by no cache. A form may lead to the provider (logout), whose origin CSP must name."""
    provider = urlsplit(issuer)
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        f"form-action 'self' {provider.scheme}://{provider.netloc}; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Strict-Transport-Security": "max-age=31536000",
    }

    async def dress(message: Message, _scope: Scope) -> None:
        if message["type"] == "http.response.start":
            given = MutableScopeHeaders(message)
            for name, value in headers.items():
                given[name] = value

    return dress


async def _note(error: Exception, _scope: Scope) -> None:
    """Log what nobody expected: its kind and place, never its words, which may hold content."""
    if isinstance(error, (HTTPException, Fault, NotLoggedIn, Unreachable)):
        return
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("unexpected %s at %s:%s", type(error).__name__, Path(frame.filename).name, frame.lineno)
