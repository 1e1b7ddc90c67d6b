"""Start page, login and logout."""

import secrets
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import Cookie

from samsyn_connect.desk.desk import AnyRequest, Fault, Given
from samsyn_connect.desk.login import LoginRefused
from samsyn_connect.desk.sessions import ATTEMPT_LIFE
from samsyn_connect.transport import Problem, Unreachable


@get("/")
async def start(request: AnyRequest, desk: Given) -> Response[bytes]:
    """What this is; log in, or go on."""
    session = desk.sessions.find(request.cookies.get(desk.cookie), desk.clock())
    return desk.page(request, "start.html", session=session)


@get("/auth/login", status_code=303)
async def log_in(request: AnyRequest, desk: Given) -> Response[None]:
    """Send the browser to the provider."""
    browser = request.cookies.get(desk.attempt_cookie) or secrets.token_urlsafe(32)
    try:
        address = await desk.login.begin(desk.sessions, browser, language=desk.words(request).language, now=desk.clock())
    except (Unreachable, Problem) as error:
        raise Fault("login-unreachable", 503) from error
    return see_other(address, _cookie(desk.attempt_cookie, browser, max_age=int(ATTEMPT_LIFE.total_seconds())))


@get("/auth/callback", status_code=303)
async def come_back(request: AnyRequest, desk: Given) -> Response[None]:
    """The provider's answer: a session under a new id."""
    answer = {name: values[0] for name, values in request.query_params.dict().items() if len(values) == 1}
    try:
        person = await desk.login.finish(desk.sessions, answer, request.cookies.get(desk.attempt_cookie), now=desk.clock())
    except LoginRefused as refused:
        raise Fault(refused.code, 403) from refused
    except (Unreachable, Problem) as error:
        raise Fault("login-unreachable", 503) from error
    desk.sessions.end(request.cookies.get(desk.cookie))
    cookie = desk.sessions.begin(person, desk.clock())
    return see_other("/", _cookie(desk.cookie, cookie), _cookie(desk.attempt_cookie, "", max_age=0))


@post("/auth/logout", status_code=303)
async def log_out(request: AnyRequest, desk: Given) -> Response[None]:
    """End the login here, then at the provider."""
    session = desk.session(request)
    await desk.form(request, session)
    desk.sessions.end(request.cookies.get(desk.cookie))
    try:
        address = await desk.login.leave()
    except (Unreachable, Problem):
        address = "/"
    return see_other(address, _cookie(desk.cookie, "", max_age=0))


def see_other(address: str, *cookies: Cookie) -> Response[None]:
    """303: a reload does not repeat what was done."""
    return Response(None, status_code=303, headers={"Location": address}, cookies=cookies)


def _cookie(name: str, value: str, *, max_age: int | None = None) -> Cookie:
    return Cookie(key=name, value=value, path="/", secure=True, httponly=True, samesite="lax", max_age=max_age)


HANDLERS: tuple[Any, ...] = (start, log_in, come_back, log_out)
