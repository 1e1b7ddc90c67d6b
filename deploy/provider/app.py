"""The provider as a Litestar application."""

import logging
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Request, Response, get
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import Scope

from deploy.provider import authorize, grants, logout, metadata, pages, userinfo
from deploy.provider.config import Config
from deploy.provider.faults import OAuthFault, PageFault, RedirectFault
from deploy.provider.provider import Clock, Provider
from deploy.provider.requests import locale_of
from deploy.provider.wire import fault_answer
from shared.clock import utc_now

log = logging.getLogger("samsyn.provider")

MAX_BODY = 64 * 1024
STYLE = (Path(__file__).parent / "templates" / "style.css").read_bytes()


@get("/style.css")
async def style() -> Response[bytes]:
    """The one stylesheet of the pages."""
    return Response(STYLE, media_type="text/css")


@get("/health/live")
async def live() -> dict[str, str]:
    """Answers while the process does."""
    return {"status": "live"}


def make_app(config: Config, clock: Clock = utc_now) -> Litestar:
    """The application of one configuration; `app.state.provider` is the provider itself, for tests."""
    provider = Provider(config, clock)
    app = Litestar(
        [
            metadata.metadata,
            metadata.jwks,
            authorize.push_request,
            authorize.authorize,
            authorize.choose,
            authorize.log_in,
            grants.give_token,
            userinfo.user_info,
            logout.log_out,
            style,
            live,
        ],
        dependencies={"provider": Provide(lambda: provider, sync_to_thread=False)},
        exception_handlers={OAuthFault: _oauth_fault, PageFault: _page_fault, RedirectFault: _redirect_fault(provider)},
        before_request=_own_host_only(config.issuer),
        after_exception=[_note],
        request_max_body_size=MAX_BODY,
        openapi_config=None,
        logging_config=None,
    )
    app.state.provider = provider
    return app


def _own_host_only(issuer: str) -> Any:
    """A page elsewhere whose name points at loopback (DNS rebinding) is a stranger, whatever its address says."""
    own = urlsplit(issuer).netloc

    async def check(request: Request[Any, Any, Any]) -> Response[bytes] | None:
        if request.headers.get("host") == own:
            return None
        return Response(b"", status_code=421)

    return check


async def _note(error: Exception, _scope: Scope) -> None:
    """Log what nobody expected: its kind and place, never its words, which may hold what was sent."""
    if isinstance(error, (HTTPException, OAuthFault, PageFault, RedirectFault)):
        return
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("unexpected %s at %s:%s", type(error).__name__, Path(frame.filename).name, frame.lineno)


def _oauth_fault(_request: Request[Any, Any, Any], fault: OAuthFault) -> Response[bytes]:
    return fault_answer(fault)


def _page_fault(request: Request[Any, Any, Any], fault: PageFault) -> Response[bytes]:
    locale = locale_of("", request.headers.get("accept-language", ""))
    return pages.answer(pages.render("fault.html", locale, reason=str(fault)), status=400)


def _redirect_fault(provider: Provider) -> Any:
    def handle(_request: Request[Any, Any, Any], fault: RedirectFault) -> Response[bytes]:
        values = {"error": fault.error, "error_description": fault.description, "state": fault.state}
        return authorize.redirect(provider.issuer, fault.redirect_uri, values)

    return handle
